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
    # Nothing is mailed yet, so the pages on which allauth would promise a mail say whom to phone.
    path("accounts/password/reset/", views.password_help, name="password_help"),
    path("accounts/password/reset/done/", views.password_help),
    path("accounts/confirm-email/", views.password_help),
]
