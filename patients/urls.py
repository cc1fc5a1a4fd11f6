from __future__ import annotations

from django.urls import path

from patients import views

app_name = "patients"
urlpatterns = [
    path("accounts/signup/patient/", views.signup, name="signup"),
    path("patient/profile/", views.edit_profile, name="edit_profile"),
]
