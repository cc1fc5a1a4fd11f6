"""Patients. What is asked at sign-up is little; the rest can be filled in later (A3)."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models

from accounts.choices import Role
from accounts.models import User, one_line, phone_number
from patients.choices import BloodGroup


class PatientProfile(models.Model):
    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="patient_profile")
    date_of_birth = models.DateField()
    blood_group = models.CharField(max_length=3, choices=BloodGroup, blank=True)
    address = models.TextField(max_length=400, blank=True)
    emergency_contact_name = models.CharField(max_length=120, blank=True, validators=[one_line])
    emergency_contact_phone = models.CharField(max_length=30, blank=True, validators=[phone_number])
    medical_history = models.TextField(max_length=8_000, blank=True)
    allergies = models.TextField(max_length=2_000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[PatientProfile]]

    class Meta:
        ordering = ["user__search_name", "pk"]
        triggers = [pgtrigger.Protect(name="patient_is_kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.user.full_name


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
