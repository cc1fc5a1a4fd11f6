"""allauth's forms of the second factor in the hospital's words, and with counts of their own."""

from __future__ import annotations

import struct
from typing import Any

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
from django.utils.translation import gettext_lazy as _

from accounts.models import one_line
from accounts.own_access import signs_in_alone
from accounts.second_factor import is_first_use
from accounts.selectors import typed_second_factors
from accounts.services import tell_of_recovery_code
from core.crypto import Unreadable

PASSWORD_FIRST = _(
    "Your password was reset, so this passkey no longer signs in alone. Sign in with your password: the passkey is "
    "your second step. To use it alone again, remove it and add it anew."
)
SEALED = _("We can't check codes just now. This isn't your fault: use a passkey if you have one, or call us.")
LONGEST_CODE = 20
LONGEST_CREDENTIAL = 20_000
LONGEST_NAME = 60
# What the reader of a passkey's answer stumbles over when a program makes one up.
_MADE_UP = (TypeError, ValueError, KeyError, AttributeError, IndexError, RecursionError, OverflowError, struct.error)


def _set_up_code(field: forms.CharField, *, label: str, hint: str) -> None:
    field.label, field.help_text = label, hint
    field.error_messages["required"] = "Enter the code."
    field.validators = [*field.validators, *forms.CharField(max_length=LONGEST_CODE).validators[:1]]
    field.widget.attrs.pop("placeholder", None)
    # No keypad of digits only: a recovery code may be typed with what somebody wrote between its digits.
    field.widget.attrs.update(autocomplete="one-time-code", spellcheck="false", autocapitalize="none")


class CodeForm(AuthenticateForm):
    """The second step of signing in. Counted for each account (`login_failed`): a code can't be tried out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_up_code(
            self.fields["code"], label="Code", hint="The six digits your app shows now, or one of your recovery codes."
        )

    def clean_code(self) -> str:
        try:
            code: str = super().clean_code()
        except Unreadable as error:
            raise forms.ValidationError(SEALED) from error
        if _is_app(self.authenticator) and not is_first_use(self.user, code):
            raise get_adapter().validation_error("incorrect_code")
        return code

    def save(self) -> None:
        super().save()
        if not _is_app(self.authenticator):
            tell_of_recovery_code(user=self.user)


class CodeAgainForm(ReauthenticateForm):
    """Who is signed in shows it once more. The view counts the tries, apart from those of somebody signing in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_up_code(
            self.fields["code"], label="Code", hint="The six digits your app shows now, or one of your recovery codes."
        )

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        factors = list(typed_second_factors(self.user))
        for factor in factors:
            if _validates(factor, code) and not (_is_app(factor) and not is_first_use(self.user, code)):
                factor.user, self.authenticator = self.user, factor
                return code
        for factor in factors[:1]:
            self._emit_authentication_failed(factor)
        raise get_adapter().validation_error("incorrect_code")

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
        _set_up_code(self.fields["code"], label="Code", hint="The six digits the app shows now.")
        self.fields["code"].widget.attrs["inputmode"] = "numeric"

    def clean_code(self) -> str:
        validate_can_add_authenticator(self.user)
        code: str = self.cleaned_data["code"]
        if not validate_totp_code(self.secret, code) or not is_first_use(self.user, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


def _set_up_name(field: forms.CharField) -> None:
    field.label, field.help_text = "Name", "So that you can tell it from others, for example “Work laptop”."
    field.error_messages["required"] = "Give it a name."
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
        self.fields["passwordless"].label = "Sign in with it alone, without the password"
        self.fields["passwordless"].help_text = "Your fingerprint, face or the PIN of the device stands for it."
        self.fields["passwordless"].initial = True

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except _MADE_UP as error:
            raise get_adapter().validation_error("incorrect_code") from error
        return cleaned


class PasskeyForm(_MadeUpAnswers, AuthenticateWebAuthnForm):
    """A passkey as the second step."""

    credential = CredentialField()


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
        credential = self.cleaned_data["credential"]
        try:
            passkeys.parse_authentication_response(credential)
            return passkeys.complete_authentication(self.user, credential)
        except _MADE_UP as error:
            raise get_adapter().validation_error("incorrect_code") from error


class PasskeyNameForm(EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _set_up_name(self.fields["name"])
