"""How allauth fits into the hospital."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.audit_trail import reauthentication_refused, sign_in_throttled
from accounts.known_browsers import guesses_of, remember
from accounts.models import User
from accounts.presenters import home_path
from accounts.rules import EmailTaken, UsernameTaken
from accounts.selectors import account_named, username_is_taken
from accounts.services import ACCOUNT_ERRORS, change_password
from accounts.signing_in import pending_sign_in
from accounts.signing_in.confirmation import take_destination
from accounts.signing_in.recent_sign_in import signed_in_lately
from audit import services as audit
from core import clock
from core.errors import Overloaded, translated

# One sentence for a wrong password and for an unknown name, so that neither tells which accounts there are.
# It covers who has signed up and not confirmed their address: that they did is nobody else's business either.
MISMATCH = _(
    "That e-mail address, username or password isn’t right. Check them and try again. "
    "If you’re new here, follow the link in our e-mail first."
)
TOO_MANY_TRIES = _("Too many wrong passwords. Wait 15 minutes and try again, or call us.")


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": MISMATCH,
        "username_password_mismatch": MISMATCH,
        "too_many_login_attempts": TOO_MANY_TRIES,
        "incorrect_password": _("That isn’t your password."),
        "enter_current_password": _("That isn’t your current password."),
        "email_taken": EmailTaken.message,
        "username_taken": UsernameTaken.message,
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """allauth's own sign-up page asks for no role: ours, one for patients and one for doctors, do."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Each role's own home; a safe `next` has gone before."""
        return home_path(request.user)

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return home_path(request.user)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return home_path(request.user)

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """Back to what asked for a confirmed address, in whichever tab of the browser the link was opened."""
        if self.request.user.is_authenticated:
            return take_destination(self.request) or home_path(self.request.user)
        return super().get_email_verification_redirect_url(email_address)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """All or nothing: the address, the account's own copy of it, and the notice to the one before."""
        try:
            with translated(ACCOUNT_ERRORS), transaction.atomic():
                return super().confirm_email(request, email_address)
        except EmailTaken as error:
            messages.error(request, error.message)
            return False

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """No "@": one person's username could otherwise be another's e-mail address."""
        if "@" in username:
            raise forms.ValidationError(
                gettext("A username can’t contain @. You can sign in with your e-mail as well.")
            )
        if not shallow and username_is_taken(username):
            raise forms.ValidationError(UsernameTaken.message, code="taken")
        return super().clean_username(username, shallow=True)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except forms.ValidationError:
            sign_in_throttled(credentials)
            raise

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        try:
            user: User | None = super().authenticate(request, **credentials)
        except Overloaded:
            self._rollback_login_failed_rl_usage()  # nobody looked at the password: it was no try
            raise
        return user

    def set_password(self, user: User, password: str) -> None:
        """Another password, and nobody stays signed in by the old one but who changes it here."""
        change_password(user=user, password=password, besides=self.request.session.session_key, now=clock.now())

    def reauthenticate(self, user: User, password: str) -> bool:
        """Whether the signed-in person knows their password.

        Counted by the view against the person (`reauthenticate`), not with the failed sign-ins of strangers
        against the account: guessing from outside must not lock the owner out of what they are doing.
        """
        matches = user.check_password(password)
        if not matches:
            reauthentication_refused(user)
        return matches

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not of who has just signed in: that was the question already.

        Asked by every page that wants to know, also by one that is taken up again after the answer.
        """
        audit.set_page(self.request)
        return not signed_in_lately(self.request) and super().is_reauthentication_required(app=app, **kwargs)

    def pre_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse | None:
        """Before the second step, if there is one."""
        pending_sign_in.begin(request, user)
        response: HttpResponse | None = super().pre_login(request, user, **how)
        return response

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse:
        """However they came in: this browser is known from now on."""
        pending_sign_in.finish(request)
        response: HttpResponse = super().post_login(request, user, **how)
        remember(request, response, user)
        return response

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """The count of failures, whichever of an account's names and whichever address of the site is used.

        Ten for all strangers together; the owner's own browser, or an address of theirs, is counted by itself.
        """
        login = str(credentials.get("email") or credentials.get("username") or "").strip()
        account = account_named(login)
        return guesses_of(request, account) if account else f"unknown:{login.casefold()}"
