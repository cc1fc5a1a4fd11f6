from __future__ import annotations

from django.urls import path

from billing.own import views as own

app_name = "billing"
urlpatterns = [
    path("billing/<str:number>/", own.invoice, name="invoice"),
]
