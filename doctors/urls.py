"""Addresses of doctors: what everybody sees, and what a doctor sees of their own."""

from __future__ import annotations

from django.urls import path

from doctors.diary import views as diary
from doctors.directory import views as public
from doctors.profile import views as own
from doctors.profile.signup_views import signup
from doctors.schedule.views import weekly

app_name = "doctors"
urlpatterns = [
    path("doctors/", public.directory, name="directory"),
    path("doctors/<slug:slug>/", public.profile, name="profile"),
    path("doctors/<slug:slug>/times/", public.times, name="times"),
    path("accounts/signup/doctor/", signup, name="signup"),
    path("doctor/availability/", diary.availability, name="availability"),
    path("doctor/availability/slots/new/", diary.slot_new, name="slot_new"),
    path("doctor/availability/day/new/", diary.day_new, name="day_new"),
    path("doctor/availability/slots/<uuid:slot_id>/edit/", diary.slot_edit, name="slot_edit"),
    path("doctor/availability/slots/<uuid:slot_id>/delete/", diary.slot_delete, name="slot_delete"),
    path("doctor/availability/weekly/", weekly, name="weekly"),
    path("doctor/accepting/", own.accepting, name="accepting"),
    path("doctor/profile/", own.edit_profile, name="edit_profile"),
]
