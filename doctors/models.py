"""Departments, doctors and the times they offer."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, time
from typing import Any, ClassVar, Self

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.choices import Role
from accounts.erasure_triggers import nothing_for_the_erased, nothing_typed_for_the_erased
from accounts.models import User, one_line
from audit.models import tracked
from core.db import Int8Range, TsTzRange
from core.formats import hours_words
from core.intervals import overlapping
from core.text.folding import search_key, search_words
from core.text.names import doctor_name, split_title
from doctors.booking_policy import (
    BookingPolicy,
    Term,
    earliest_start,
    hospital_zone,
    known_time_zone,
    latest_start,
    of_its_doctor,
    terms_of,
)
from doctors.choices import SlotSource, SlotState, Weekday


@tracked(called=_("department"), named_by="name")
class Department(models.Model):
    """A part of the hospital, with its doctors (B1)."""

    name = models.CharField(max_length=80, unique=True, validators=[one_line])
    slug = models.SlugField(max_length=80, unique=True)
    description = models.TextField(max_length=2_000, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class DoctorQuerySet(models.QuerySet["DoctorProfile"]):
    def listed(self) -> Self:
        """Those patients may see: licence approved, account active."""
        return self.filter(approved_at__isnull=False, user__is_active=True)

    def matching(self, query: str) -> Self:
        """Every word is in the name or the specialization, in any order, accents and case aside."""
        found = self
        for word in search_words(query):
            found = found.filter(Q(user__search_name__holds_word=word) | Q(search_specialization__holds_word=word))
        return found


def _slug_suffix() -> str:
    return secrets.token_hex(3)


@tracked(
    shown=["specialization", "time_zone"],
    called=_("doctor"),
    tells={"approved_at": _("approved")},
    person=True,
    ignored=["search_specialization", "rating_count", "rating_sum"],
    find_by=["user__username__iexact", "user__email__iexact", "user__search_name__holds_word"],
    related=["user"],
)
class DoctorProfile(models.Model):
    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="doctor_profile")
    slug = models.SlugField(max_length=100, unique=True, editable=False)
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="doctors")
    specialization = models.CharField(_("specialty"), max_length=80, validators=[one_line])
    search_specialization = models.CharField(max_length=160, editable=False, default="")
    qualification = models.CharField(max_length=160, validators=[one_line])
    licence_number = models.CharField(max_length=40, unique=True, validators=[one_line])
    years_of_experience = models.PositiveSmallIntegerField(validators=[MaxValueValidator(70)])
    consultation_fee_cents = models.PositiveIntegerField(_("consultation fee in cents"))
    biography = models.TextField(max_length=4_000, blank=True)
    room = models.CharField(
        max_length=120,
        blank=True,
        validators=[one_line],
        help_text=_("Where patients go, for example “Building B, room 12”."),
    )

    is_accepting = models.BooleanField(_("takes new bookings"), default=True)
    confirms_automatically = models.BooleanField(
        default=False, help_text=_("Bookings are confirmed straight away, without waiting for the doctor.")
    )
    marks_no_shows = models.BooleanField(
        _("marks missed visits automatically"),
        default=False,
        help_text=_("After closing time, confirmed patients who weren’t checked in are marked as missed."),
    )
    # The doctor's own terms; empty means the hospital's (doctors/booking_policy.py).
    time_zone = models.CharField(max_length=60, default=hospital_zone, validators=[known_time_zone])
    min_notice = models.DurationField(null=True, blank=True)
    booking_window = models.DurationField(null=True, blank=True)
    cancel_cutoff = models.DurationField(null=True, blank=True)
    # Reviews that are shown (B10), counted with them in one transaction.
    rating_count = models.PositiveIntegerField(default=0, editable=False)
    rating_sum = models.PositiveIntegerField(default=0, editable=False)

    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        User, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="approved_doctors"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[DoctorProfile]] = DoctorQuerySet.as_manager()

    class Meta:
        ordering = ["user__search_name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | Q(approved_at__isnull=False), name="doctor_approval_has_time"
            ),
            models.CheckConstraint(condition=Q(years_of_experience__lte=70), name="doctor_experience_plausible"),
            models.CheckConstraint(
                condition=Q(rating_sum__gte=F("rating_count")) & Q(rating_sum__lte=F("rating_count") * 5),
                name="doctor_rating_plausible",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="doctor_is_kept", operation=pgtrigger.Delete),
            nothing_for_the_erased("no_profile_for_the_erased", user="account"),
            nothing_typed_for_the_erased("no_words_about_the_erased", "biography", "room", owner=("user", "account")),
        ]

    def __str__(self) -> str:
        return self.display_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.slug:
            self.slug = f"{slugify(split_title(self.user.full_name)[1])[:80] or 'doctor'}-{_slug_suffix()}"
        self.search_specialization = search_key(self.specialization)[:160]
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "search_specialization"}
        super().save(*args, **kwargs)

    @property
    def booking_policy(self) -> BookingPolicy:
        """On what terms this doctor's times are offered (B7)."""
        return terms_of(self)

    @property
    def rating(self) -> float | None:
        """The average of the reviews that are shown, 1 to 5 (B10)."""
        return self.rating_sum / self.rating_count if self.rating_count else None

    @property
    def display_name(self) -> str:
        return doctor_name(self.user.full_name)

    @property
    def is_listed(self) -> bool:
        """Whether patients may see this doctor."""
        return self.approved_at is not None and self.user.is_active


class DoctorAccount(User):
    """The accounts of doctors, for the rule that each has a profile by the end of its transaction (A5). Declared here,
    because accounts must not know of doctors; the trigger itself is on the table of accounts."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [
            pgtrigger.Trigger(
                name="doctor_has_profile",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Q(new__role=Role.DOCTOR),
                func="""
                    IF NOT EXISTS (SELECT FROM doctors_doctorprofile WHERE user_id = NEW.id) THEN
                        RAISE EXCEPTION 'the doctor % has no profile', NEW.username
                            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'doctor_has_profile';
                    END IF;
                    RETURN NULL;
                """,
            )
        ]


class SlotQuerySet(models.QuerySet["Slot"]):
    def free(self) -> Self:
        """Not booked. A free time may be held for somebody: see `on_offer`."""
        return self.filter(state=SlotState.FREE)

    def on_offer(self, now: datetime, term: Term = of_its_doctor) -> Self:
        """What anybody may book at `now`: free, open, held for nobody, and within the terms of its doctor.

        Whether a hold has run out is decided here, by the clock, not by whoever cleans up.
        """
        unheld = Q(held_until__isnull=True) | Q(held_until__lte=now)
        within_terms = Q(starts_at__gt=earliest_start(now, term), starts_at__lte=latest_start(now, term))
        # `future` says again what the terms imply: on that plain comparison the index works.
        return self.free().future(now).filter(unheld, within_terms, closed_by_calendar=False)

    def future(self, now: datetime) -> Self:
        return self.filter(starts_at__gt=now)

    def for_doctor(self, doctor: DoctorProfile) -> Self:
        return self.filter(doctor=doctor)

    def within(self, start: datetime, end: datetime) -> Self:
        """Starting in the half-open interval [start, end)."""
        return self.filter(starts_at__gte=start, starts_at__lt=end)

    def overlapping(self, start: datetime, end: datetime) -> Self:
        """Sharing any moment with the half-open interval [start, end)."""
        return self.filter(overlapping(start, end))


# Times of the weekly schedule are made by the thousand and follow from the hours, which are tracked.
@tracked(
    called=_("time"),
    tells={"state:BOOKED": _("booked"), "state:FREE": _("freed")},
    inserts=pgtrigger.Q(new__source=SlotSource.MANUAL),
)
class Slot(models.Model):
    """One time a doctor offers: half-open, [starts_at, ends_at), instants in UTC.

    `state` says whether a booking holds it; only bookings/services/book.py changes it, under the row's lock.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    doctor = models.ForeignKey(DoctorProfile, models.PROTECT, db_index=False, related_name="slots")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=SlotState, default=SlotState.FREE, editable=False)
    source = models.CharField(max_length=8, choices=SlotSource, default=SlotSource.MANUAL, editable=False)
    # Kept for one patient until then (bookings/holds/services.py says for whom); nobody else can book it meanwhile.
    held_until = models.DateTimeField(null=True, blank=True, editable=False)
    # The doctor's own calendar says "busy" then (E3): hidden from patients, never deleted (doctors/busy_times.py).
    closed_by_calendar = models.BooleanField(default=False, db_default=False, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[Slot]] = SlotQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="slot_ends_after_start",
                violation_error_message=_("The end must be after the start."),
            ),
            models.CheckConstraint(condition=Q(state__in=SlotState.values), name="slot_state_known"),
            models.CheckConstraint(
                condition=Q(state=SlotState.FREE) | Q(held_until__isnull=True), name="slot_held_only_while_free"
            ),
            models.CheckConstraint(
                condition=Q(state=SlotState.FREE) | Q(closed_by_calendar=False), name="slot_closed_only_while_free"
            ),
            ExclusionConstraint(
                name="slot_no_overlap",
                index_type="gist",
                expressions=[
                    (Int8Range("doctor", "doctor", Value("[]")), RangeOperators.OVERLAPS),
                    (TsTzRange("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                violation_error_message=_("This overlaps another time in the diary."),
                violation_error_code="overlap",
            ),
        ]
        indexes = [
            models.Index(fields=["starts_at", "id"], name="slot_by_time"),
            models.Index(fields=["doctor", "starts_at"], name="slot_diary"),  # serves the foreign key, too
            models.Index(fields=["doctor", "starts_at"], condition=Q(state=SlotState.FREE), name="slot_free_of_doctor"),
            models.Index(fields=["starts_at", "doctor"], condition=Q(state=SlotState.FREE), name="slot_free_by_time"),
            models.Index(fields=["doctor"], condition=Q(closed_by_calendar=True), name="slot_closed"),
            models.Index(fields=["held_until"], condition=Q(held_until__isnull=False), name="slot_held"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="booked_slot_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state=SlotState.BOOKED)
                & (
                    pgtrigger.Q(old__starts_at__df=pgtrigger.F("new__starts_at"))
                    | pgtrigger.Q(old__ends_at__df=pgtrigger.F("new__ends_at"))
                    | pgtrigger.Q(old__doctor_id__df=pgtrigger.F("new__doctor_id"))
                ),
            ),
            nothing_for_the_erased("no_time_for_the_erased", doctor="doctor"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} UTC"

    @property
    def is_free(self) -> bool:
        return self.state == SlotState.FREE

    def is_held(self, now: datetime) -> bool:
        return self.held_until is not None and self.held_until > now

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


@tracked(called=_("weekly hours"))
class WeeklyHours(models.Model):
    """One range of a doctor's week (B5), as the clock on the doctor's wall shows it (doctors/schedule/)."""

    doctor = models.ForeignKey(DoctorProfile, on_delete=models.PROTECT, related_name="weekly_hours")
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    starts = models.TimeField()
    ends = models.TimeField()
    slot_minutes = models.PositiveSmallIntegerField()
    buffer_minutes = models.PositiveSmallIntegerField(default=0)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    every_weeks = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["doctor", "weekday", "starts"]
        verbose_name_plural = _("weekly hours")
        constraints = [
            models.CheckConstraint(condition=Q(weekday__in=Weekday.values), name="hours_weekday_known"),
            # An end that isn't after the start is on the next day; 00:00 to 00:00 is a whole day (core/intervals.py).
            models.CheckConstraint(condition=~Q(ends=F("starts")) | Q(starts=time.min), name="hours_not_empty"),
            models.CheckConstraint(condition=Q(slot_minutes__range=(5, 480)), name="hours_length_plausible"),
            models.CheckConstraint(condition=Q(buffer_minutes__lte=240), name="hours_buffer_plausible"),
            models.CheckConstraint(condition=Q(every_weeks__range=(1, 52)), name="hours_rhythm_plausible"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="hours_valid_forward"
            ),
        ]
        triggers = [nothing_for_the_erased("no_hours_for_the_erased", doctor="doctor")]

    def __str__(self) -> str:
        return f"{Weekday(self.weekday).label} {hours_words(self.starts, self.ends)}"


@tracked(called=_("time off"))
class TimeOff(models.Model):
    """A stretch in which a doctor sees nobody (B6): half-open, instants in UTC."""

    doctor = models.ForeignKey(DoctorProfile, on_delete=models.PROTECT, related_name="time_off")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(
        max_length=120, blank=True, validators=[one_line], help_text=_("Only you and staff see it.")
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["starts_at"]
        verbose_name_plural = _("time off")
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="time_off_ends_after_start")
        ]
        indexes = [models.Index(fields=["doctor", "ends_at"], name="time_off_of_doctor")]
        triggers = [
            nothing_for_the_erased("no_time_off_for_the_erased", doctor="doctor"),
            nothing_typed_for_the_erased("no_note_about_the_erased", "note", owner=("doctor", "doctor")),
        ]

    def __str__(self) -> str:
        return f"{self.doctor}, {self.starts_at:%Y-%m-%d %H:%M} UTC"


@tracked(called=_("closure"), named_by="name")
class Closure(models.Model):
    """A stretch in which the whole hospital sees nobody (B6): half-open, instants in UTC."""

    name = models.CharField(
        max_length=120, validators=[one_line], help_text=_("Patients can see it, for example “Boxing Day”.")
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    created_at = models.DateTimeField(editable=False)

    class Meta:
        ordering = ["starts_at"]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="closure_ends_after_start")]

    def __str__(self) -> str:
        return self.name
