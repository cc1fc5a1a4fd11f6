"""What every person is asked, whichever page makes their account."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth.forms import UsernameField
from django.utils.translation import gettext_lazy as _

from accounts.models import User, one_line
from accounts.rules import EmailTaken, UsernameTaken
from core.errors import DomainError
from core.fields.addresses import AddressField
from core.fields.phones import PhoneField
from core.forms.refusals import DomainErrorMixin
from core.text.addresses import normal_or_lower
from core.text.names import has_name

PASSWORD_HINT = _("At least 10 characters. Three unusual words are easy to remember and hard to guess.")
USERNAME_HINT = _(
    "Leave this blank and we’ll make one. If someone has yours already, you’ll get one like it. "
    "You can sign in with your e-mail address as well."
)


def full_name_field() -> forms.CharField:
    return forms.CharField(
        label=_("Full name"),
        max_length=120,
        validators=[one_line, has_name],
        widget=forms.TextInput(attrs={"autocomplete": "name", "autocapitalize": "words", "spellcheck": "false"}),
        error_messages={"required": _("Enter your full name.")},
    )


def phone_field(*, required: bool = True) -> PhoneField:
    return PhoneField(
        label=_("Phone number"),
        required=required,
        autocomplete="tel",
        help_text=_("So that we can reach you about an appointment."),
    )


def email_field() -> AddressField:
    return AddressField(
        label=_("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"required": _("Enter your e-mail address.")},
    )


class AccountFields(DomainErrorMixin):
    """The part of a sign-up page that every role shares. The role is the page's, never the form's (A2).

    Extend it with the role's own fields, then hand `account_facts()` to the role's service and
    give any DomainError it raises to `add_domain_error`. Whether an address or a username is somebody's already is not
    asked here: whoever signs up is a stranger (accounts/signing_in/signup.py).
    """

    error_fields: ClassVar[dict[type[DomainError], str]] = {EmailTaken: "email", UsernameTaken: "username"}

    full_name = full_name_field()
    email = email_field()
    username = UsernameField(
        label=_("Username"),
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        help_text=USERNAME_HINT,
    )
    phone = phone_field()
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=256,
        # The typed password is never sent back to the browser: it is asked again beside an error.
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=PASSWORD_HINT,
        error_messages={"required": _("Choose a password.")},
    )

    def clean_full_name(self) -> str:
        return " ".join(self.cleaned_data["full_name"].split())

    def clean_email(self) -> str:
        return str(get_adapter().clean_email(self.cleaned_data["email"]))

    def clean_username(self) -> str:
        """Empty for who wants none: one is made (`accounts.signing_in.usernames`)."""
        username = self.cleaned_data["username"]
        return str(get_adapter().clean_username(username, shallow=True)) if username else ""

    def clean(self) -> dict[str, Any]:
        self._check_password()
        return self.cleaned_data

    def _check_password(self) -> None:
        password = self.cleaned_data.get("password")
        if password is None:
            return
        typed = {name: self.cleaned_data.get(name) or "" for name in ("username", "email", "full_name")}
        try:
            get_adapter().clean_password(password, User(**typed))
        except forms.ValidationError as error:
            self.add_error("password", error)

    def account_facts(self) -> dict[str, Any]:
        """What `register_patient` and `register_doctor` need for the account itself."""
        return {name: self.cleaned_data[name] for name in ("username", "email", "password", "full_name", "phone")}


class OwnDetailsForm(DomainErrorMixin):
    """What everybody may change about themselves. Roles with a profile add to it."""

    full_name = full_name_field()
    phone = phone_field()

    def clean_full_name(self) -> str:
        return " ".join(self.cleaned_data["full_name"].split())


class StaffDetailsForm(OwnDetailsForm):
    phone = phone_field(required=False)


class EmailForm(DomainErrorMixin):
    """Another e-mail address for one's own account. Whether somebody else has it is told to nobody but them."""

    email = email_field()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["email"].label = _("New e-mail address")

    def clean_email(self) -> str:
        email = get_adapter().clean_email(self.cleaned_data["email"])
        if email == normal_or_lower(self.user.email):
            raise forms.ValidationError(_("This is already your address."), code="same")
        return str(email)
