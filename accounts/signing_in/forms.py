"""allauth's own forms in the hospital's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import ReauthenticateForm as AllauthReauthenticateForm
from allauth.account.forms import ResetPasswordForm as AllauthResetPasswordForm
from allauth.account.forms import ResetPasswordKeyForm as AllauthResetPasswordKeyForm
from allauth.account.forms import UserTokenForm as AllauthUserTokenForm
from allauth.core import context
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import PASSWORD_HINT, email_field
from accounts.models import User
from accounts.services import change_password, set_password_by_link
from core import clock
from core.text.addresses import normal_or_lower

LONGEST_LOGIN = 254
LONGEST_PASSWORD = 256


def _set_up(
    field: forms.Field,
    *,
    label: StrOrPromise,
    required: StrOrPromise,
    hint: StrOrPromise = "",
    longest: int = LONGEST_PASSWORD,
) -> None:
    field.label, field.help_text = label, hint
    field.max_length = longest  # type: ignore[attr-defined]  # of the CharFields these all are
    field.error_messages["required"] = required
    field.validators = [*field.validators, forms.CharField(max_length=longest).validators[0]]
    field.widget.attrs.pop("placeholder", None)


if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def _set_up_new_password(fields: Mapping[str, forms.Field]) -> None:
    _set_up(
        fields["password1"],
        label=_("New password"),
        required=gettext("Choose a new password."),
        hint=PASSWORD_HINT,
    )
    _set_up(fields["password2"], label=_("New password again"), required=gettext("Type the new password again."))


class LoginForm(AllauthLoginForm):
    """Sign in with either name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_up(
            self.fields["login"],
            label=_("E-mail address or username"),
            required=gettext("Enter your e-mail address or username."),
            longest=LONGEST_LOGIN,
        )
        self.fields["login"].widget.attrs.update(autocomplete="username", autocapitalize="none", spellcheck="false")
        _set_up(self.fields["password"], label=_("Password"), required=gettext("Enter your password."))
        self.fields["remember"].label = gettext("Keep me signed in on this device")

    def clean_login(self) -> str:
        """An address in the form in which it is kept: a browser sends another than a keyboard types."""
        login: str = super().clean_login()
        return normal_or_lower(login) if "@" in login else login


class ReauthenticateForm(AllauthReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_up(self.fields["password"], label=_("Password"), required=gettext("Enter your password."))


class ChangePasswordForm(AllauthChangePasswordForm):
    ends_all = forms.BooleanField(
        label=_("Also end everything else that has access"),
        help_text=_("Your calendar address, your Google Calendar and a new e-mail address that isn’t confirmed yet."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_up(
            self.fields["oldpassword"], label=_("Current password"), required=gettext("Enter your current password.")
        )
        _set_up_new_password(self.fields)

    def save(self) -> None:
        request = context.request
        change_password(
            user=self.user,
            password=self.cleaned_data["password1"],
            besides=request.session.session_key,
            ends_all=self.cleaned_data["ends_all"],
            now=clock.now(),
        )


class ResetPasswordForm(AllauthResetPasswordForm):
    """Who asks for a link to choose a new password."""

    email = email_field()

    def clean_email(self) -> str:
        """Only the address an account has: one that waits to be confirmed may be a stranger's, mistyped."""
        email: str = super().clean_email()
        self.users = [user for user in self.users if normal_or_lower(user.email) == email]
        return email


class UserTokenForm(AllauthUserTokenForm):
    """Whose link it is. A closed account has none."""

    def _get_user(self, uidb36: str) -> User | None:
        user: User | None = super()._get_user(uidb36)
        return user if user and user.is_active else None


class ResetPasswordKeyForm(AllauthResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_up_new_password(self.fields)

    def save(self) -> None:
        set_password_by_link(user=self.user, password=self.cleaned_data["password1"], now=clock.now())
