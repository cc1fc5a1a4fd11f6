"""What staff may write about accounts."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import email_field, full_name_field, phone_field
from accounts.invitations.forms import InvitedFields
from accounts.models import User
from accounts.rules import EmailTaken, UsernameTaken
from accounts.staff.rights import KIND_WORDS
from core.admin.service_admin import ServiceForm
from core.errors import DomainError

# What decides over what somebody may do; groups and single permissions follow from it and are nobody's to edit.
POWERS = ("kinds", "is_staff", "is_superuser")


def _kinds_field() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=_("Staff role"),
        required=False,
        choices=[(kind.value, words) for kind, words in KIND_WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("You can tick more than one. If none is ticked, they can sign in but see nothing."),
    )


class UserForm(ServiceForm):
    error_fields: ClassVar[dict[type[DomainError], str]] = {EmailTaken: "email", UsernameTaken: "username"}

    full_name = full_name_field()
    email = email_field()
    phone = phone_field(required=False)
    phone.help_text = ""

    class Meta:
        model = User
        fields = ("full_name", "email", "phone")
        help_texts: ClassVar = {"is_active": "", "username": ""}  # Django's own, for programmers


class StaffForm(UserForm):
    """A member of staff: also what they may do."""

    kinds = _kinds_field()

    class Meta(UserForm.Meta):
        fields = (*UserForm.Meta.fields, "is_staff", "is_superuser")
        labels = {"is_staff": _("May use these pages"), "is_superuser": _("Superuser")}
        help_texts = UserForm.Meta.help_texts | {
            "is_staff": _("Without this, they keep their account but can’t open any of these pages."),
            "is_superuser": _(
                "Can do everything, and can change administrators and superusers. Have as few as possible."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["kinds"] = sorted(self.instance.staff_roles)


class NewStaffForm(ServiceForm, InvitedFields):
    """An account for the admin, whose owner sets the password by a mailed link.

    Patients and doctors are added on their own pages, with what belongs to them.
    """

    error_fields: ClassVar[dict[type[DomainError], str]] = InvitedFields.error_fields

    phone = phone_field(required=False)
    phone.help_text = ""
    kinds = _kinds_field()

    class Meta:
        model = User
        fields = ("full_name", "phone")

    def clean(self) -> dict[str, Any]:
        InvitedFields.clean(self)
        return super().clean()
