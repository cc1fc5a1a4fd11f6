"""The heart: who sees whom, when. Read docs/locking.md before changing a line."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar, Self

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q, Value

from accounts.models import User
from bookings.choices import HOLDS_SLOT, LIVE, Status
from bookings.references import new_reference
from core.db import Int8Range, TsTzRange
from doctors.models import DoctorProfile, Slot
from patients.models import PatientProfile


class BookingQuerySet(models.QuerySet["Booking"]):
    def live(self) -> Self:
        return self.filter(status__in=LIVE)

    def upcoming(self, now: datetime) -> Self:
        """Still to happen, or happening: live and not over."""
        return self.live().filter(ends_at__gt=now)

    def past(self, now: datetime) -> Self:
        """Over, whatever became of it; cancelled ones are a list of their own."""
        return self.exclude(status=Status.CANCELLED).exclude(status__in=LIVE, ends_at__gt=now)

    def cancelled(self) -> Self:
        return self.filter(status=Status.CANCELLED)

    def within(self, start: datetime, end: datetime) -> Self:
        """Starting in the half-open interval [start, end)."""
        return self.filter(starts_at__gte=start, starts_at__lt=end)

    def with_people(self) -> Self:
        return self.select_related("doctor__user", "doctor__department", "patient__user")


class Booking(models.Model):
    """One appointment. Doctor, patient and time never change: a move is a new booking (C7).

    The time is a copy of the slot's, so that a cancelled booking outlives a deleted slot.
    """

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=9, unique=True, default=new_reference, editable=False)
    slot = models.ForeignKey(Slot, null=True, editable=False, on_delete=models.SET_NULL, related_name="bookings")
    doctor = models.ForeignKey(DoctorProfile, editable=False, on_delete=models.PROTECT, related_name="bookings")
    patient = models.ForeignKey(PatientProfile, editable=False, on_delete=models.PROTECT, related_name="bookings")
    booked_by = models.ForeignKey(User, editable=False, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    status = models.CharField(max_length=10, choices=Status, editable=False)
    fee_cents = models.PositiveIntegerField("fee in cents, as it was when booked", editable=False)

    reason = models.CharField(max_length=200, blank=True)
    notes = models.TextField(max_length=2_000, blank=True)

    cancelled_at = models.DateTimeField(null=True, editable=False)
    cancelled_by = models.ForeignKey(User, null=True, editable=False, on_delete=models.PROTECT, related_name="+")
    cancellation_reason = models.CharField(max_length=500, blank=True, editable=False)

    # What calendars know it by: a newer file with the same uid and a higher sequence replaces an older one (RFC 5545).
    calendar_uid = models.UUIDField(default=uuid.uuid4, editable=False)
    calendar_sequence = models.PositiveIntegerField(default=0, editable=False)

    # The time of an appointment never changes, so one reminder is all it ever gets.
    reminder_queued_at = models.DateTimeField(null=True, editable=False)

    idempotency_key = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001  NULLs may repeat, '' may not
    request_fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(editable=False)

    objects: ClassVar[models.Manager[Booking]] = BookingQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        constraints = [
            # Made before the exclusion: for two bookings of one slot this one speaks first, and never deadlocks.
            models.UniqueConstraint(fields=["slot"], condition=Q(status__in=HOLDS_SLOT), name="booking_slot_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="booking_ends_after_start"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="booking_status_known"),
            models.CheckConstraint(condition=~Q(status__in=LIVE) | Q(slot__isnull=False), name="booking_live_has_slot"),
            models.CheckConstraint(
                condition=Q(status=Status.CANCELLED, cancelled_at__isnull=False, cancelled_by__isnull=False)
                | (
                    ~Q(status=Status.CANCELLED)
                    & Q(cancelled_at__isnull=True, cancelled_by__isnull=True, cancellation_reason="")
                ),
                name="booking_cancelled_facts",
            ),
            models.UniqueConstraint(fields=["booked_by", "idempotency_key"], name="booking_idempotency_key"),
            ExclusionConstraint(
                name="booking_patient_no_overlap",
                index_type="gist",
                condition=Q(status__in=LIVE),
                expressions=[
                    (Int8Range("patient", "patient", Value("[]")), RangeOperators.OVERLAPS),
                    (TsTzRange("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [
            models.Index(fields=["doctor", "starts_at"], name="booking_of_doctor"),
            models.Index(fields=["patient", "starts_at"], name="booking_of_patient"),
            models.Index(
                fields=["starts_at"],
                condition=Q(status__in=LIVE, reminder_queued_at__isnull=True),
                name="booking_to_remind",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="booking_is_kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="booking_facts_stay",
                fields=["uid", "reference", "doctor", "patient", "booked_by", "starts_at", "ends_at", "created_at"],
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


class BookingStatusChange(models.Model):
    """One step in a booking's life. The database refuses to change or delete it (C5)."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="changes")
    from_status = models.CharField(max_length=10, choices=Status, blank=True)
    to_status = models.CharField(max_length=10, choices=Status)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", help_text="Empty: the system.")
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    objects: ClassVar[models.Manager[BookingStatusChange]]

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(to_status__in=Status.values), name="change_to_known"),
            models.CheckConstraint(condition=Q(from_status__in=["", *Status.values]), name="change_from_known"),
        ]
        triggers = [pgtrigger.Protect(name="history_is_immutable", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.from_status or 'new'} → {self.to_status}"
