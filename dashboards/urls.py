from __future__ import annotations

from django.urls import path

from dashboards import views

app_name = "dashboards"
urlpatterns = [
    path("", views.home, name="home"),
    path("accounts/profile/", views.profile, name="profile"),
    path("patient/", views.patient, name="patient"),
    path("doctor/", views.doctor, name="doctor"),
]
