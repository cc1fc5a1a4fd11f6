"""Our account pages. Included before allauth's, so that an address both have is ours."""

from __future__ import annotations

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("accounts/login/", views.login, name="login"),
    path("accounts/signup/", views.signup_choice, name="signup_choice"),
    path("accounts/me/", views.me, name="me"),
    path("accounts/email/", views.email, name="email"),
    path("accounts/email/proposed/", views.proposed_email, name="proposed_email"),
    path("accounts/verify/", views.verify, name="verify"),
    path("accounts/confirm-email/", views.verify),
]
