"""What is asked around an invitation: the password of who follows it, the address it is sent to."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.adapter import get_adapter
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import PASSWORD_HINT, AccountFields, email_field
from accounts.models import User
from accounts.rules import EmailTaken
from accounts.selectors import email_is_taken
from accounts.signing_in.usernames import new_username
from core.errors import DomainError
from core.forms.refusals import DomainErrorMixin


def invited_words(email: str) -> str:
    """What is said once staff have made an account."""
    return gettext("An invitation is on its way to %(email)s.") % {"email": email}


class FirstPasswordForm(DomainErrorMixin):
    """A password for an account somebody else has made."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=PASSWORD_HINT,
        error_messages={"required": _("Choose a password.")},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        get_adapter().clean_password(password, self.user)
        return password


class InvitedFields(AccountFields):
    """`AccountFields` for an account somebody else makes: without the password, which only its owner ever knows."""

    password = None  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "username" in self.fields:
            self.fields["username"].help_text = _("Leave this blank and we’ll make one from the e-mail address.")

    def clean_email(self) -> str:
        """Staff may know who has an account."""
        email = super().clean_email()
        if email_is_taken(email):
            raise forms.ValidationError(EmailTaken.message, code="taken")
        return email

    def clean_username(self) -> str:
        username = super().clean_username()
        if username:
            return str(get_adapter().clean_username(username))
        return new_username(self.cleaned_data.get("email", ""))

    def account_facts(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("username", "email", "full_name", "phone")}


class InviteAgainForm(DomainErrorMixin):
    """Where the link goes; another address than before when that one was wrong."""

    error_fields: ClassVar[dict[type[DomainError], str]] = {EmailTaken: "email"}

    email = email_field()

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["email"].help_text = _("Was it mistyped? Change it here. Links sent before will stop working.")
        self.fields["email"].error_messages["required"] = _("Enter an e-mail address.")

    def clean_email(self) -> str:
        email: str = get_adapter().clean_email(self.cleaned_data["email"])
        if email_is_taken(email, besides=self.user):
            raise forms.ValidationError(EmailTaken.message, code="taken")
        return email
