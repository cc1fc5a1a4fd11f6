"""The heart: who sees whom, when. Read docs/locking.md before changing a line."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from typing import ClassVar, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.erasure_triggers import nothing_for_the_erased
from accounts.models import User
from audit.models import tracked
from bookings.choices import HOLDS_SLOT, LIVE, TOLD_IN_TRAIL, Conflict, HoldState, Status, WaitingState
from bookings.references import new_reference
from bookings.triggers import BOOKING_TRIGGERS, HISTORY_TRIGGERS
from core.db import Int8Range, TsTzRange
from core.intervals import overlapping
from doctors.choices import Weekday
from doctors.models import DoctorProfile, Slot, TimeOff
from patients.models import PatientProfile


def all_weekdays() -> list[int]:
    return list(Weekday.values)


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

    def overlapping(self, start: datetime, end: datetime) -> Self:
        """Sharing any moment with the half-open interval [start, end)."""
        return self.filter(overlapping(start, end))

    def in_calendar_of(self, user: User) -> Self:
        """What an account is told of by its own calendar: as doctor, as patient, or as guardian of who has none."""
        if user.is_doctor:
            return self.filter(doctor__user=user)
        return self.filter(
            patient__in=PatientProfile.objects.filter(Q(user=user) | Q(user__isnull=True, guardian=user))
        )

    def with_people(self) -> Self:
        return self.select_related("doctor__user", "doctor__department", "patient__user", "patient__guardian")

    def with_moves(self) -> Self:
        """With the appointment it was moved to, and the one it was moved from."""
        return self.select_related("moved_from", "moved_to")

    def with_last_change(self) -> Self:
        """With `last_change_at` and `last_change_from`: what can be undone for a short while."""
        last = BookingStatusChange.objects.filter(booking=OuterRef("pk")).order_by("-at", "-pk")
        return self.annotate(
            last_change_at=Subquery(last.values("at")[:1]), last_change_from=Subquery(last.values("from_status")[:1])
        )

    def with_arrival(self) -> Self:
        """With `arrived_at`: when the patient was checked in, the last time if that was taken back and done again."""
        arrivals = BookingStatusChange.objects.filter(
            booking=OuterRef("pk"), from_status=Status.CONFIRMED, to_status=Status.CHECKED_IN
        )
        return self.annotate(arrived_at=Subquery(arrivals.order_by("-at", "-pk").values("at")[:1]))


@tracked(
    named_by="reference",
    called=_("appointment"),
    tells=TOLD_IN_TRAIL,
    find_by=["reference__iexact"],
    ignored=["calendar_sequence", "reminder_queued_at"],
)
class Booking(models.Model):
    """One appointment. Doctor, patient and time never change: a move is a new booking (C7).

    The time is a copy of the slot's, so that a cancelled booking outlives a deleted slot.
    """

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=9, unique=True, default=new_reference, editable=False)
    slot = models.ForeignKey(Slot, null=True, editable=False, on_delete=models.SET_NULL, related_name="bookings")
    doctor = models.ForeignKey(DoctorProfile, models.PROTECT, db_index=False, editable=False, related_name="bookings")
    patient = models.ForeignKey(PatientProfile, models.PROTECT, db_index=False, editable=False, related_name="bookings")
    booked_by = models.ForeignKey(User, models.PROTECT, db_index=False, editable=False, related_name="+")
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    status = models.CharField(max_length=10, choices=Status, editable=False)
    fee_cents = models.PositiveIntegerField(_("fee in cents, as it was when booked"), editable=False)

    # The appointment this one took the place of (C7): booked and released in one transaction.
    moved_from = models.OneToOneField(
        "self", null=True, editable=False, on_delete=models.PROTECT, related_name="moved_to"
    )
    # What it collides with (choices.Conflict), so that somebody must look at it; a text of before is shown as it is.
    conflict = models.CharField(max_length=120, blank=True, editable=False, db_column="attention")

    reason = models.CharField(max_length=200, blank=True)
    notes = models.TextField(max_length=2_000, blank=True)

    cancelled_at = models.DateTimeField(null=True, editable=False)
    cancelled_by = models.ForeignKey(User, models.PROTECT, db_index=False, null=True, editable=False, related_name="+")
    cancellation_reason = models.CharField(max_length=500, blank=True, editable=False)

    # What calendars know it by: a newer file with the same uid and a higher sequence replaces an older one (RFC 5545).
    calendar_uid = models.UUIDField(default=uuid.uuid4, editable=False)
    calendar_sequence = models.PositiveIntegerField(default=0, editable=False)
    # The same appointment in its doctor's and its patient's own Google Calendar (bookings/calendars/events.py).
    doctor_event_id = models.CharField(max_length=32, blank=True, editable=False)
    patient_event_id = models.CharField(max_length=32, blank=True, editable=False)
    # What its doctor did to it there, in words for the doctor; empty when nothing, or once the doctor has read it.
    calendar_note = models.CharField(max_length=160, blank=True, editable=False)

    # The time of an appointment never changes, so one reminder is all it ever gets.
    reminder_queued_at = models.DateTimeField(null=True, editable=False)

    idempotency_key = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001  NULLs may repeat, '' may not
    request_fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(editable=False)

    # The last row of its history, where it was read with `with_last_change`.
    last_change_at: datetime | None = None
    last_change_from: str = ""
    # When its patient was checked in, where it was read with `with_arrival`.
    arrived_at: datetime | None = None

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
            # The list of all appointments, page by page; what falls on a day. The next two serve the foreign keys too.
            models.Index(fields=["starts_at", "id"], name="booking_by_time"),
            models.Index(fields=["doctor", "starts_at"], name="booking_of_doctor"),
            models.Index(fields=["patient", "starts_at"], name="booking_of_patient"),
            models.Index(
                fields=["starts_at"],
                condition=Q(status__in=LIVE, reminder_queued_at__isnull=True),
                name="booking_to_remind",
            ),
        ]
        triggers = BOOKING_TRIGGERS

    def __str__(self) -> str:
        return self.reference

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def conflict_words(self) -> str:
        return str(dict(Conflict.choices).get(self.conflict, self.conflict))

    @property
    def successor(self) -> Booking | None:
        """The appointment this one was moved to (C7)."""
        return getattr(self, "moved_to", None)


# A step is a history itself and tells of its own making; that a person's data was erased from it, the trail tells.
@tracked(called=_("booking status change"), inserts=False)
class BookingStatusChange(models.Model):
    """One step in a booking's life. The database refuses to change or delete it (C5)."""

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="changes")
    from_status = models.CharField(max_length=10, choices=Status, blank=True)
    to_status = models.CharField(max_length=10, choices=Status)
    by = models.ForeignKey(
        User, models.PROTECT, db_index=False, null=True, related_name="+", help_text=_("Empty: the system.")
    )
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    objects: ClassVar[models.Manager[BookingStatusChange]]

    class Meta:
        ordering = ["pk"]  # drawn under the lock: the order in which things happened
        constraints = [
            models.CheckConstraint(condition=Q(to_status__in=Status.values), name="change_to_known"),
            models.CheckConstraint(condition=Q(from_status__in=["", *Status.values]), name="change_from_known"),
        ]
        triggers = HISTORY_TRIGGERS

    def __str__(self) -> str:
        return " → ".join(filter(None, [self.get_from_status_display(), self.get_to_status_display()]))


class WaitingEntryQuerySet(models.QuerySet["WaitingEntry"]):
    """Which wishes still stand. Those of a night do until its last hour, on the day after the last (`Wish`)."""

    def standing(self, now: datetime) -> Self:
        return self.filter(_can_still_suit(now), state=WaitingState.WAITING)

    def over(self, now: datetime) -> Self:
        """Those that wait on after the last time that could suit."""
        return self.filter(~_can_still_suit(now), state=WaitingState.WAITING)


def _can_still_suit(now: datetime) -> Q:
    here = timezone.localtime(now, timezone.get_default_timezone())
    last_night = Q(last_day=here.date() - timedelta(days=1), latest__lt=F("earliest"), latest__gte=here.time())
    return Q(last_day__gte=here.date()) | last_night


@tracked(called=_("waiting entry"))
class WaitingEntry(models.Model):
    """A patient asks for an earlier time with a doctor (C9). Days and hours are those of the hospital's clock; hours
    from late until early are a night's (bookings/holds/rules.py)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    patient = models.ForeignKey(PatientProfile, on_delete=models.PROTECT, related_name="waiting")
    doctor = models.ForeignKey(DoctorProfile, on_delete=models.PROTECT, related_name="waiting")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    first_day = models.DateField()
    last_day = models.DateField()
    weekdays = ArrayField(models.PositiveSmallIntegerField(choices=Weekday), default=all_weekdays)
    earliest = models.TimeField(default=time(0))
    latest = models.TimeField(default=time(23, 59), help_text=_("A visit begins by then."))
    state = models.CharField(max_length=8, choices=WaitingState, default=WaitingState.WAITING)
    created_at = models.DateTimeField()

    objects = WaitingEntryQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        verbose_name_plural = _("waiting entries")
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "doctor"], condition=Q(state=WaitingState.WAITING), name="waiting_once_a_doctor"
            ),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="waiting_days_forward"),
            models.CheckConstraint(condition=Q(state__in=WaitingState.values), name="waiting_state_known"),
        ]
        indexes = [
            models.Index(
                fields=["doctor", "created_at"], condition=Q(state=WaitingState.WAITING), name="waiting_for_doctor"
            )
        ]
        triggers = [nothing_for_the_erased("no_waiting_for_the_erased", patient="patient", doctor="doctor")]

    def __str__(self) -> str:
        return gettext("%(patient)s for %(doctor)s") % {"patient": self.patient, "doctor": self.doctor}


@tracked(called=_("held time"))
class Hold(models.Model):
    """A free time kept for one patient until `until`: offered from the waiting list, or in place of a booking.

    `Slot.held_until` says the same to everybody who looks for times; both are written together, under the slot's lock.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slot = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="holds")
    patient = models.ForeignKey(PatientProfile, on_delete=models.PROTECT, related_name="holds")
    entry = models.ForeignKey(WaitingEntry, null=True, on_delete=models.PROTECT, related_name="holds")
    booking = models.ForeignKey(Booking, null=True, on_delete=models.PROTECT, related_name="offers")
    until = models.DateTimeField()
    state = models.CharField(max_length=8, choices=HoldState, default=HoldState.OPEN)
    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["slot"], condition=Q(state=HoldState.OPEN), name="hold_slot_once"),
            models.UniqueConstraint(fields=["entry"], condition=Q(state=HoldState.OPEN), name="hold_entry_once"),
            models.CheckConstraint(
                condition=Q(entry__isnull=False, booking__isnull=True) | Q(entry__isnull=True, booking__isnull=False),
                name="hold_has_one_cause",
            ),
            models.CheckConstraint(condition=Q(state__in=HoldState.values), name="hold_state_known"),
            models.CheckConstraint(
                condition=Q(state=HoldState.OPEN, answered_at__isnull=True)
                | (~Q(state=HoldState.OPEN) & Q(answered_at__isnull=False)),
                name="hold_answered_has_time",
            ),
        ]
        indexes = [models.Index(fields=["until"], condition=Q(state=HoldState.OPEN), name="hold_running")]
        triggers = [nothing_for_the_erased("no_hold_for_the_erased", patient="patient")]

    def __str__(self) -> str:
        return gettext("%(time)s held for %(patient)s") % {"time": self.slot, "patient": self.patient}


@tracked(called=_("review"), hidden=["rating"], tells={"hidden_at": _("hidden or shown again")})
class Review(models.Model):
    """What a patient says of a visit, once (B10). Counted in the doctor's rating unless hidden."""

    booking = models.OneToOneField(Booking, on_delete=models.PROTECT, related_name="review")
    rating = models.PositiveSmallIntegerField()
    text = models.TextField(max_length=2_000, blank=True)
    created_at = models.DateTimeField()
    hidden_at = models.DateTimeField(null=True, blank=True)
    hidden_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(rating__range=(1, 5)), name="review_rating_1_to_5"),
            models.CheckConstraint(
                condition=Q(hidden_at__isnull=True, hidden_by__isnull=True)
                | Q(hidden_at__isnull=False, hidden_by__isnull=False),
                name="review_hidden_facts",
            ),
        ]
        triggers = [nothing_for_the_erased("no_review_for_the_erased", booking="booking")]

    def __str__(self) -> str:
        return gettext("%(rating)s of 5") % {"rating": self.rating}


@tracked(called=_("calendar feed"))
class CalendarFeed(models.Model):
    """A secret address at which any calendar finds a person's appointments (E4). Replaced or revoked, it is gone.

    Looked up by a digest, so that who reads the table can't read anybody's calendar; sealed, so that its owner can
    be shown it again.
    """

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="calendar_feed")
    digest = models.CharField(max_length=64, unique=True, editable=False, help_text=_("SHA-256 of the token, in hex."))
    sealed_token = models.TextField(editable=False)
    created_at = models.DateTimeField(editable=False)

    objects: ClassVar[models.Manager[CalendarFeed]]
    SEALED = ("sealed_token",)

    class Meta:
        triggers = [nothing_for_the_erased("no_feed_for_the_erased", user="account")]

    def __str__(self) -> str:
        return gettext("Calendar feed of account %(key)s") % {"key": self.user_id}


@tracked(called=_("departure"))
class Departure(models.Model):
    """A doctor leaves the hospital (H3): nothing is booked after `last_day`, then the account is closed. `time_off`
    keeps the diary empty from then on, by every road there is."""

    doctor = models.OneToOneField(DoctorProfile, on_delete=models.PROTECT, related_name="departure")
    last_day = models.DateField(null=True, help_text=_("At the hospital. Empty: at once."))
    time_off = models.OneToOneField(TimeOff, on_delete=models.PROTECT, related_name="departure")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Departure]]

    class Meta:
        default_permissions = ()
        triggers = [nothing_for_the_erased("no_departure_for_the_erased", doctor="doctor")]

    def __str__(self) -> str:
        return gettext("Departure of doctor %(key)s") % {"key": self.doctor_id}
