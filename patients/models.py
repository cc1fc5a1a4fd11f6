"""Patients. What is asked at sign-up is little; the rest can be filled in later (A3)."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.choices import Role
from accounts.erasure_triggers import nothing_for_the_erased
from accounts.models import AddressModelField, User, erased_stays, one_line
from audit.models import tracked
from core.text.names import kept_name, name_key
from core.text.phones import is_phone, kept_or_typed
from patients.choices import BloodGroup


@tracked(
    called=_("patient"),
    person=True,
    hidden=["date_of_birth", "blood_group"],
    ignored=["own_search_name"],
    find_by=[
        "user__username__iexact",
        "user__email__iexact",
        "own_email__iexact",
        "user__search_name__holds_word",
        "own_search_name__holds_word",
    ],
    related=["user"],
)
class PatientProfile(models.Model):
    """Somebody who is treated here: with an account, or in the care of somebody who has one (C11), or neither (C10).

    Who has an account is named by it; who has none has a name of their own here.
    """

    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.PROTECT, related_name="patient_profile")
    guardian = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="cared_for",
        help_text=_("Whoever books for them and is told about their appointments."),
    )
    relationship = models.CharField(
        max_length=60, blank=True, validators=[one_line], help_text=_("To the guardian, in their words: “my son”.")
    )
    # Since when the guardian no longer books for them; their appointments stay readable.
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    own_name = models.CharField(_("name"), max_length=120, blank=True, validators=[one_line])
    own_search_name = models.CharField(max_length=240, blank=True, editable=False)
    own_phone = models.CharField(_("phone"), max_length=30, blank=True, validators=[is_phone])
    own_email = AddressModelField(_("e-mail address"), blank=True)
    date_of_birth = models.DateField()
    blood_group = models.CharField(max_length=3, choices=BloodGroup, blank=True)
    address = models.TextField(max_length=400, blank=True)
    emergency_contact_name = models.CharField(max_length=120, blank=True, validators=[one_line])
    emergency_contact_phone = models.CharField(max_length=30, blank=True, validators=[is_phone])
    medical_history = models.TextField(max_length=8_000, blank=True)
    allergies = models.TextField(max_length=2_000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Set by the erasure alone (privacy/erasing.py); from then on the database refuses every change.
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager[PatientProfile]]

    class Meta:
        ordering = ["user__search_name", "own_search_name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(user__isnull=False, guardian__isnull=True, own_name="", own_phone="", own_email=""))
                | (Q(user__isnull=True) & ~Q(own_name="")),
                name="patient_is_named_once",
                violation_error_message=_("Give a name, or an account, not both."),
            ),
            models.CheckConstraint(
                condition=Q(guardian__isnull=False) | Q(relationship="", removed_at__isnull=True),
                name="patient_in_care_facts",
            ),
        ]
        indexes = [
            # A walk-in may have been here before: looked for by name and date of birth.
            models.Index(fields=["date_of_birth"], name="patient_born"),
        ]
        triggers = [
            pgtrigger.Protect(name="patient_is_kept", operation=pgtrigger.Delete),
            erased_stays("erased_patient_stays"),
            nothing_for_the_erased("no_person_for_the_erased", user="account", guardian="account"),
        ]

    def __str__(self) -> str:
        return self.full_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.own_name, self.relationship = kept_name(self.own_name), kept_name(self.relationship)
        self.emergency_contact_name = kept_name(self.emergency_contact_name)
        self.own_search_name = name_key(self.own_name)
        self.own_phone = kept_or_typed(self.own_phone)
        self.emergency_contact_phone = kept_or_typed(self.emergency_contact_phone)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "own_search_name"}
        super().save(*args, **kwargs)

    @property
    def full_name(self) -> str:
        return self.user.full_name if self.user else self.own_name

    @property
    def account(self) -> User | None:
        """Whose account acts for the patient: their own, or their guardian's."""
        return self.user or self.guardian

    @property
    def phone(self) -> str:
        return self.own_phone or (self.account.phone if self.account else "")

    @property
    def email(self) -> str:
        """Where messages about the patient go; empty when nowhere."""
        account = self.account
        return str(account.email) if account else self.own_email


class PatientAccount(User):
    """The accounts of patients, for the rule that each has a profile by the end of its transaction (A5).

    Declared here, because accounts must not know of patients; the trigger itself is on the table of accounts.
    """

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [
            pgtrigger.Trigger(
                name="patient_has_profile",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__role=Role.PATIENT),
                func="""
                    IF NOT EXISTS (SELECT FROM patients_patientprofile WHERE user_id = NEW.id) THEN
                        RAISE EXCEPTION 'the patient % has no profile', NEW.username
                            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'patient_has_profile';
                    END IF;
                    RETURN NULL;
                """,
            )
        ]
