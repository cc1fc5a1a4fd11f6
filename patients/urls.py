from __future__ import annotations

from django.urls import path

from patients import views
from patients.people import views as views_people

app_name = "patients"
urlpatterns = [
    path("accounts/signup/patient/", views.signup, name="signup"),
    path("patient/profile/", views.edit_profile, name="edit_profile"),
    path("patient/people/", views_people.people, name="people"),
    path("patient/people/new/", views_people.person_new, name="person_new"),
    path("patient/people/<int:person_id>/edit/", views_people.person_edit, name="person_edit"),
]
