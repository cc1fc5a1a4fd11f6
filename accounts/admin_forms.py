"""What staff may write about accounts."""

from __future__ import annotations

from typing import Any, ClassVar

from accounts.forms import AccountFields, full_name_field, phone_field
from accounts.models import User
from accounts.services import EmailTaken, UsernameTaken
from core.errors import DomainError
from core.service_admin import ServiceForm

# What decides over other people's rights: for superusers only.
POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


class UserForm(ServiceForm):
    error_fields: ClassVar[dict[type[DomainError], str]] = {EmailTaken: "email", UsernameTaken: "username"}

    full_name = full_name_field()
    phone = phone_field(required=False)
    phone.help_text = ""

    class Meta:
        model = User
        fields = ("full_name", "email", "phone", *POWERS)

    def clean_email(self) -> str:
        return self.cleaned_data["email"].strip().lower()


class NewStaffForm(ServiceForm, AccountFields):
    """An account for the admin. Patients and doctors are added on their own pages, with what belongs to them."""

    error_fields: ClassVar[dict[type[DomainError], str]] = AccountFields.error_fields

    phone = phone_field(required=False)
    phone.help_text = ""

    class Meta:
        model = User
        fields = ("full_name", "phone")

    def clean(self) -> dict[str, Any]:
        AccountFields.clean(self)
        return super().clean()
