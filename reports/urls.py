from __future__ import annotations

from django.urls import path, register_converter

from reports import views
from reports.addresses import MonthConverter

register_converter(MonthConverter, "month")

app_name = "reports"
urlpatterns = [
    path("doctor/reports/", views.reports, name="reports"),
    path("doctor/reports/<month:month>/", views.report, name="report"),
    path("doctor/reports/<month:month>/pdf/", views.pdf, name="pdf"),
]
