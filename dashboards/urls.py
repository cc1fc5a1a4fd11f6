from __future__ import annotations

from django.urls import path

from dashboards import views
from dashboards.figures import views as figures

app_name = "dashboards"
urlpatterns = [
    path("", views.home, name="home"),
    path("accounts/profile/", views.profile, name="profile"),
    path("patient/", views.patient, name="patient"),
    path("doctor/", views.doctor, name="doctor"),
    path("staff/", figures.staff, name="staff"),
    path("staff/figures/doctors/", figures.staff_doctors, name="staff_doctors"),
    path("staff/figures/<slug:figure>.csv", figures.staff_figure, name="staff_figure"),
]
