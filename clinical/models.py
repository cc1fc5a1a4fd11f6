"""The clinical record: written at the visit, signed, never rewritten (F1, F2). Read docs/records.md first."""

from __future__ import annotations

import uuid
from typing import ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import CharField, F, Func, OuterRef, Q
from django.db.models.functions import Length, Trim
from django.db.models.lookups import Exact, GreaterThanOrEqual
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.erasure_triggers import nothing_for_the_erased
from accounts.models import User
from audit.models import tracked
from bookings.models import Booking
from clinical.choices import EmergencyReason
from clinical.content import RecordContent
from clinical.medications import SHORTEST_REASON, Code, Medication
from clinical.triggers import EMERGENCY_TRIGGERS, VERSION_TRIGGERS
from doctors.models import DoctorProfile
from patients.models import PatientProfile


class TreatmentRecordQuerySet(models.QuerySet["TreatmentRecord"]):
    def signed(self) -> Self:
        """With at least one version: a draft alone is nobody's to read but its author's."""
        return self.filter(models.Exists(TreatmentRecordVersion.objects.filter(record=OuterRef("pk"))))

    def with_visit(self) -> Self:
        return self.select_related(
            "booking__doctor__user",
            "booking__doctor__department",
            "booking__patient__user",
            "booking__patient__guardian",
        )


@tracked(called=_("treatment record"))
class TreatmentRecord(models.Model):
    """What a doctor writes of one visit. What it says is in its versions, and until it is signed in its draft."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    booking = models.OneToOneField(Booking, models.PROTECT, editable=False, related_name="treatment_record")
    created_at = models.DateTimeField(editable=False)

    objects: ClassVar[models.Manager[TreatmentRecord]] = TreatmentRecordQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        triggers = [
            pgtrigger.Protect(name="record_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(name="record_stays", operation=pgtrigger.Update),
            nothing_for_the_erased("no_record_for_the_erased", booking="booking"),
        ]

    def __str__(self) -> str:
        return gettext("Record of appointment %(key)s") % {"key": self.booking_id}


class RecordDraft(models.Model):
    """What its author has typed and not signed yet: theirs alone, as typed, and gone once it is signed.

    It amends the last version there is: signing the next one takes it away. `revision` counts each save, so that two
    tabs notice each other. Not in the audit trail: it is saved every few seconds and is no record yet.
    """

    record = models.OneToOneField(TreatmentRecord, models.PROTECT, primary_key=True, related_name="draft")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=1)
    typed = models.JSONField(default=dict)
    saved_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Exact(Func(F("typed"), function="jsonb_typeof", output_field=CharField()), "object"),
                name="draft_is_an_object",
            )
        ]
        triggers = [nothing_for_the_erased("no_draft_for_the_erased", record="record")]

    def __str__(self) -> str:
        return gettext("Draft of record %(key)s") % {"key": self.record_id}


@tracked(called=_("version of a treatment record"), hidden=["follow_up_date"])
class TreatmentRecordVersion(models.Model):
    """What a doctor has signed. The database refuses to change or delete it; what was wrong is amended by the next."""

    record = models.ForeignKey(TreatmentRecord, models.PROTECT, editable=False, related_name="versions", db_index=False)
    number = models.PositiveIntegerField(editable=False)
    author = models.ForeignKey(User, models.PROTECT, editable=False, related_name="+", db_index=False)
    signed_at = models.DateTimeField(editable=False)
    reason = models.CharField(max_length=500, blank=True, editable=False, help_text=_("Why it was amended."))

    diagnosis = models.TextField(max_length=1_000, editable=False)
    diagnosis_code = models.JSONField(null=True, editable=False)
    notes = models.TextField(max_length=20_000, blank=True, editable=False)
    medications = models.JSONField(default=list, editable=False)
    instructions = models.TextField(max_length=4_000, blank=True, editable=False)
    follow_up_date = models.DateField(null=True, editable=False)

    objects: ClassVar[models.Manager[TreatmentRecordVersion]]

    class Meta:
        ordering = ["record", "number"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["record", "number"], name="version_number_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="version_counts_from_1"),
            models.CheckConstraint(
                condition=Exact(Func(F("medications"), function="jsonb_typeof", output_field=CharField()), "array"),
                name="version_medications_are_a_list",
            ),
            # An erased record says nothing any more, nor why it was amended.
            models.CheckConstraint(
                condition=Q(number=1)
                | Q(diagnosis="")
                | Q(GreaterThanOrEqual(Length(Trim("reason")), SHORTEST_REASON)),
                name="version_amended_for_a_reason",
            ),
        ]
        triggers = VERSION_TRIGGERS

    def __str__(self) -> str:
        return gettext("Version %(number)s") % {"number": self.number}

    @property
    def content(self) -> RecordContent:
        return RecordContent(
            diagnosis=self.diagnosis,
            diagnosis_code=Code(**self.diagnosis_code) if self.diagnosis_code else None,
            notes=self.notes,
            medications=tuple(map(Medication.from_json, self.medications)),
            instructions=self.instructions,
            follow_up_date=self.follow_up_date,
        )


@tracked(called=_("emergency access"), hidden=["reason"])
class EmergencyAccess(models.Model):
    """A doctor who does not treat a patient reads their records for a while, and says why (F2). The patient is told,
    and an administrator looks at each afterwards."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    doctor = models.ForeignKey(DoctorProfile, models.PROTECT, editable=False, related_name="+")
    patient = models.ForeignKey(PatientProfile, models.PROTECT, editable=False, related_name="+")
    reason = models.CharField(max_length=12, choices=EmergencyReason, editable=False)
    words = models.CharField(max_length=500, editable=False)
    granted_at = models.DateTimeField(editable=False)
    until = models.DateTimeField(editable=False)
    reviewed_at = models.DateTimeField(null=True, editable=False)
    reviewed_by = models.ForeignKey(User, models.PROTECT, null=True, editable=False, related_name="+")

    objects: ClassVar[models.Manager[EmergencyAccess]]

    class Meta:
        verbose_name = _("emergency access")
        verbose_name_plural = _("emergency accesses")
        ordering = ["-granted_at", "pk"]
        default_permissions = ("view", "change")
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("granted_at")), name="emergency_access_ends_later"),
            models.CheckConstraint(
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True)
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="emergency_access_review_facts",
            ),
        ]
        indexes = [models.Index(fields=["doctor", "patient", "until"], name="emergency_access_open")]
        triggers = EMERGENCY_TRIGGERS

    def __str__(self) -> str:
        return gettext("Emergency access of doctor %(key)s") % {"key": self.doctor_id}


class RecordAnswer(models.Model):
    """That the web server answered an address of the record, for the nightly comparison with the trail of reads."""

    request_id = models.CharField(max_length=64)
    place = models.CharField(max_length=120)
    at = models.DateTimeField()

    objects: ClassVar[models.Manager[RecordAnswer]]

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["at"], name="record_answer_when")]

    def __str__(self) -> str:
        return self.place
