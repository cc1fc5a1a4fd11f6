"""Addresses of doctors: what everybody sees, and what a doctor sees of their profile."""

from __future__ import annotations

from django.urls import path

from doctors.diary import views as diary
from doctors.directory import views as directory
from doctors.profile import signup_views
from doctors.profile import views as profile
from doctors.schedule import views as schedule

app_name = "doctors"
urlpatterns = [
    path("doctors/", directory.directory, name="directory"),
    path("doctors/<slug:slug>/", directory.profile, name="profile"),
    path("doctors/<slug:slug>/times/", directory.times, name="times"),
    path("accounts/signup/doctor/", signup_views.signup, name="signup"),
    path("doctor/availability/", diary.availability, name="availability"),
    path("doctor/availability/slots/new/", diary.slot_new, name="slot_new"),
    path("doctor/availability/day/new/", diary.day_new, name="day_new"),
    path("doctor/availability/slots/<uuid:slot_id>/edit/", diary.slot_edit, name="slot_edit"),
    path("doctor/availability/slots/<uuid:slot_id>/delete/", diary.slot_delete, name="slot_delete"),
    path("doctor/availability/weekly/", schedule.weekly, name="weekly"),
    path("doctor/accepting/", profile.accepting, name="accepting"),
    path("doctor/profile/", profile.edit_profile, name="edit_profile"),
]
