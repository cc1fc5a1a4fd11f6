from __future__ import annotations

from django.urls import path

from integrations.google_calendar import views

app_name = "calendar"
urlpatterns = [
    path("calendar/", views.settings, name="settings"),
    path("calendar/connect/", views.connect, name="connect"),
    path("calendar/disconnect/", views.disconnect, name="disconnect"),
    path("oauth2callback", views.callback, name="callback"),
]
