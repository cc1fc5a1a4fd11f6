"""allauth's forms of the second factor in the hospital's words, and with counts of their own."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from allauth.core import context, ratelimit
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.internal.flows.add import validate_can_add_authenticator
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import validate_totp_code
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.mfa.webauthn.internal import auth as passkeys
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.known_browsers import guesses_of
from accounts.models import User, one_line
from accounts.rules import signs_in_alone
from accounts.second_factor.services import is_first_use
from accounts.selectors import typed_second_factors
from accounts.services import tell_of_recovery_code
from core.crypto import Unreadable

PASSWORD_FIRST = _(
    "Your password was reset, so this passkey no longer signs in alone. Sign in with your password: the passkey is "
    "your second step. To use it alone again, remove it and add it again."
)
SEALED = _("We can’t check codes at the moment. This isn’t your fault: use a passkey if you have one, or call us.")
TOO_MANY_CODES = _("Too many wrong codes. Wait 15 minutes and try again, or call us.")
LONGEST_CODE = 20
LONGEST_CREDENTIAL = 20_000
LONGEST_NAME = 60
# What the reader of a passkey's answer stumbles over when a program makes one up.
_MADE_UP = (TypeError, ValueError, KeyError, AttributeError, IndexError, RecursionError, OverflowError, struct.error)


def _set_up_code(field: forms.CharField, *, label: StrOrPromise, hint: str) -> None:
    field.label, field.help_text = label, hint
    field.error_messages["required"] = _("Enter the code.")
    field.validators = [*field.validators, *forms.CharField(max_length=LONGEST_CODE).validators[:1]]
    field.widget.attrs.pop("placeholder", None)
    # No keypad of digits only: a recovery code may be typed with what somebody wrote between its digits.
    field.widget.attrs.update(autocomplete="one-time-code", spellcheck="false", autocapitalize="none")


def _counted(user: User) -> Callable[[], None]:
    """One more try at the second step; answers how to forget them all, once one was right.

    Counted as passwords are (accounts/known_browsers.py): whoever knows the password alone uses up the tries of all
    strangers, and never those of the owner's own browser. allauth has one count for the whole account.
    """
    request = context.request
    count = {"action": "login_failed", "key": f"second-step:{guesses_of(request, user)}"}
    if not ratelimit.consume(request, **count):
        raise forms.ValidationError(TOO_MANY_CODES, code="too_many_login_attempts")
    return partial(ratelimit.clear, request, **count)


if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class _TypedCode:
    """A code of the app, or a recovery code; the first time it is used."""

    user: User
    authenticator: Authenticator
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_up_code(
            self.fields["code"],
            label=_("Code"),
            hint=gettext("The six digits your app shows now, or one of your recovery codes."),
        )

    def matches(self, code: str) -> bool:
        """Remembers whose code it was; of a wrong one the audit trail says so."""
        factors = list(typed_second_factors(self.user))
        for factor in factors:
            if _validates(factor, code) and not (_is_app(factor) and not is_first_use(self.user, code)):
                factor.user, self.authenticator = self.user, factor
                return True
        for factor in factors[:1]:
            self._emit_authentication_failed(factor)  # type: ignore[attr-defined]
        return False


class CodeForm(_TypedCode, AuthenticateForm):
    """The second step of signing in. Each try is counted: a code can't be tried out."""

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        forget_tries = _counted(self.user)
        if not self.matches(code):
            raise get_adapter().validation_error("incorrect_code")
        forget_tries()
        return code

    def save(self) -> None:
        super().save()
        if not _is_app(self.authenticator):
            tell_of_recovery_code(user=self.user)


class CodeAgainForm(_TypedCode, ReauthenticateForm):
    """Who is signed in shows it once more. The view counts the tries, apart from those of somebody signing in."""

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not self.matches(code):
            raise get_adapter().validation_error("incorrect_code")
        return code

    def save(self) -> None:
        super().save()
        if not _is_app(self.authenticator):
            tell_of_recovery_code(user=self.user)


def _validates(factor: Authenticator, code: str) -> bool:
    try:
        return bool(factor.wrap().validate_code(code))
    except Unreadable as error:
        raise forms.ValidationError(SEALED) from error


def _is_app(authenticator: Authenticator) -> bool:
    return bool(authenticator.type == Authenticator.Type.TOTP)


class FirstCodeForm(ActivateTOTPForm):
    """The first code of a new app. Not counted: its secret stands on the same page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_up_code(self.fields["code"], label=_("Code"), hint=gettext("The six digits the app shows now."))
        self.fields["code"].widget.attrs["inputmode"] = "numeric"

    def clean_code(self) -> str:
        validate_can_add_authenticator(self.user)
        code: str = self.cleaned_data["code"]
        if not validate_totp_code(self.secret, code) or not is_first_use(self.user, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


def _set_up_name(field: forms.CharField) -> None:
    field.label, field.help_text = _("Name"), _("So that you can tell it apart, for example “Work laptop”.")
    field.error_messages["required"] = _("Give it a name.")
    field.validators = [*field.validators, one_line, *forms.CharField(max_length=LONGEST_NAME).validators[:1]]


class CredentialField(forms.JSONField):
    """What a passkey says, as the browser writes it. It counts once, so a page never shows it again."""

    def __init__(self) -> None:
        super().__init__(widget=forms.HiddenInput)

    def clean(self, value: Any) -> Any:
        if len(value or "") > LONGEST_CREDENTIAL:
            raise get_adapter().validation_error("incorrect_code")
        try:
            credential = super().clean(value)
        except (ValueError, RecursionError) as error:  # numbers of thousands of digits, lists in lists in lists
            raise get_adapter().validation_error("incorrect_code") from error
        if not isinstance(credential, dict):
            raise get_adapter().validation_error("incorrect_code")
        return credential

    def bound_data(self, data: Any, initial: Any) -> Any:
        return initial


class _MadeUpAnswers:
    """A credential that no browser made is a wrong one, not a fault of ours."""

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except _MADE_UP as error:
            raise get_adapter().validation_error("incorrect_code") from error


class NewPasskeyForm(AddWebAuthnForm):
    credential = CredentialField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_up_name(self.fields["name"])
        self.fields["passwordless"].label = _("Sign in with it alone, without the password")
        self.fields["passwordless"].help_text = _("Your fingerprint, face or device PIN is enough.")
        self.fields["passwordless"].initial = True

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except _MADE_UP as error:
            raise get_adapter().validation_error("incorrect_code") from error
        return cleaned


def _passkey(user: User, credential: dict[str, Any]) -> Authenticator:
    """The passkey of this person that made the answer."""
    try:
        passkeys.parse_authentication_response(credential)
        return passkeys.complete_authentication(user, credential)
    except _MADE_UP as error:
        raise get_adapter().validation_error("incorrect_code") from error


class PasskeyForm(AuthenticateWebAuthnForm):
    """A passkey as the second step. Each try is counted, with the codes."""

    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        forget_tries = _counted(self.user)
        found = _passkey(self.user, self.cleaned_data["credential"])
        forget_tries()
        return found


class PasskeyAloneForm(_MadeUpAnswers, LoginWebAuthnForm):
    """A passkey in place of the password; not one from before all access was ended."""

    credential = CredentialField()

    def clean_credential(self) -> Any:
        passkey = super().clean_credential()
        if not signs_in_alone(passkey):
            raise forms.ValidationError(PASSWORD_FIRST)
        return passkey


class PasskeyAgainForm(ReauthenticateWebAuthnForm):
    """Who is signed in shows it once more. The view counts the tries, apart from those of somebody signing in."""

    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        return _passkey(self.user, self.cleaned_data["credential"])


class PasskeyNameForm(EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_up_name(self.fields["name"])
