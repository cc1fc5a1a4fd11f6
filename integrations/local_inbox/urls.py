from __future__ import annotations

from django.urls import path

from integrations.local_inbox import views

app_name = "local_inbox"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("clear/", views.clear, name="clear"),
    path("<str:key>/", views.letter, name="letter"),
    path("<str:key>/html/", views.letter_html, name="letter_html"),
    path("<str:key>/attachments/<int:number>/", views.attachment, name="attachment"),
]
