"""allauth's own forms in the hospital's words. No page promises a mail: who forgot the password phones."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import ReauthenticateForm as AllauthReauthenticateForm
from django import forms
from django.conf import settings

from accounts.forms import PASSWORD_HINT

LONGEST_LOGIN = 254
LONGEST_PASSWORD = 256


def _set_up(field: forms.Field, *, label: str, required: str, hint: str = "", longest: int = LONGEST_PASSWORD) -> None:
    field.label, field.help_text, field.max_length = label, hint, longest
    field.error_messages["required"] = required
    field.validators = [*field.validators, forms.CharField(max_length=longest).validators[0]]
    field.widget.attrs.pop("placeholder", None)


def _forgotten() -> str:
    return f"Forgotten it? Call us on {settings.HOSPITAL_PHONE} and we will help you."


class LoginForm(AllauthLoginForm):
    """Sign in with either name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_up(
            self.fields["login"],
            label="E-mail address or username",
            required="Enter your e-mail address or username.",
            longest=LONGEST_LOGIN,
        )
        self.fields["login"].widget.attrs.update(autocomplete="username", autocapitalize="none", spellcheck="false")
        _set_up(self.fields["password"], label="Password", required="Enter your password.", hint=_forgotten())
        self.fields["remember"].label = "Keep me signed in on this device"


class ReauthenticateForm(AllauthReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_up(self.fields["password"], label="Password", required="Enter your password.", hint=_forgotten())


class ChangePasswordForm(AllauthChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_up(
            self.fields["oldpassword"],
            label="Current password",
            required="Enter your current password.",
            hint=_forgotten(),
        )
        _set_up(self.fields["password1"], label="New password", required="Choose a new password.", hint=PASSWORD_HINT)
        _set_up(self.fields["password2"], label="New password again", required="Type the new password again.")
