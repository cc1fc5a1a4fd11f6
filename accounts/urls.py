"""Our account pages. Included before allauth's, so that an address both have is ours."""

from __future__ import annotations

from django.urls import path, re_path

from accounts import views
from accounts.drafts import views as draft_pages
from accounts.invitations import views as invitation_views
from accounts.invitations.services import TOKEN
from accounts.second_factor import views as security_views

app_name = "accounts"
urlpatterns = [
    path("accounts/login/", views.login, name="login"),
    path("accounts/signup/", views.signup_choice, name="signup_choice"),
    path("accounts/signup/sent/", views.signup_sent, name="signup_sent"),
    re_path(r"^accounts/confirm-email/(?P<key>[-:\w]+)/$", views.confirm_email, name="confirm_email"),
    path("accounts/me/", views.me, name="me"),
    path("accounts/email/", views.email, name="email"),
    path("accounts/email/proposed/", views.proposed_email, name="proposed_email"),
    path("accounts/verify/", views.verify, name="verify"),
    path("accounts/confirm-email/", views.verify),
    path("accounts/drafts/", draft_pages.keep_draft, name="keep_draft"),
    path("accounts/drafts/drop/", draft_pages.drop_draft, name="drop_draft"),
    path("accounts/security/", security_views.security, name="security"),
    path("accounts/security/end/", security_views.end_one, name="end_session"),
    path("accounts/security/end-others/", security_views.end_others, name="end_other_sessions"),
    path("accounts/2fa/", security_views.second_factor, name="second_factor"),
    path("accounts/2fa/webauthn/", security_views.second_factor, name="passkeys"),
    path("accounts/2fa/webauthn/keys/<int:pk>/remove/", security_views.remove_passkey, name="remove_passkey"),
    re_path(rf"^accounts/invitation/(?P<token>{TOKEN})/$", invitation_views.invitation, name="invitation"),
    path("staff/people/<int:user_id>/invitation/", invitation_views.invite, name="invite"),
]
