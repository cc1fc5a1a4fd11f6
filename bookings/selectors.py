"""Reading appointments. Every read begins with what the reader may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, When
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Can, may
from bookings.choices import HOLDS_SLOT, LIVE, HoldState, Status
from bookings.holds.rules import Wish
from bookings.models import (
    Booking,
    BookingQuerySet,
    BookingStatusChange,
    Hold,
    Review,
    WaitingEntry,
    WaitingEntryQuerySet,
)
from bookings.references import read_reference
from bookings.rules import ARRIVE_AHEAD, STAYS_IN_SIGHT
from core.clock import hospital_day, start_of_day
from doctors.models import DoctorProfile, Slot
from doctors.selectors import offered_times
from patients.models import PatientProfile

Actor = User | AnonymousUser
WhenList = Literal["upcoming", "past", "cancelled"]


def bookings_visible_to(actor: Actor) -> BookingQuerySet:
    """A patient's own, a doctor's own, all for staff; nothing for anybody else (A7). With the people in them."""
    bookings = BookingQuerySet(Booking).with_people().with_moves()
    if not actor.is_authenticated or not actor.is_active:
        return bookings.none()
    if may(actor, Can.SEE_BOOKINGS):
        return bookings
    if actor.is_doctor:
        return bookings.filter(doctor__user=actor)
    if actor.is_patient:
        return bookings.filter(Q(patient__user=actor) | Q(patient__guardian=actor))
    return bookings.none()


def booking_by_reference(actor: Actor, reference: str) -> Booking | None:
    """The appointment of a reference, small letters forgiven; None when there is none or it is not the actor's."""
    read = read_reference(reference)
    return bookings_visible_to(actor).with_last_change().filter(reference=read).first() if read else None


def current_of(actor: Actor, booking: Booking) -> Booking:
    """Where the visit of `booking` stands now, after whatever moves the actor may see; itself when it stands (C7).

    Through all its moves a visit keeps what calendars know it by. One query.
    """
    if booking.successor is None:
        return booking
    same = bookings_visible_to(actor).filter(patient=booking.patient_id, calendar_uid=booking.calendar_uid)
    return same.order_by("-created_at", "-pk").first() or booking


# A patient's


def patient_list(actor: Actor, when: WhenList, now: datetime) -> BookingQuerySet:
    """The actor's upcoming (soonest first), past or cancelled (latest first) appointments (C12)."""
    bookings = bookings_visible_to(actor)
    if when == "upcoming":
        return bookings.upcoming(now).order_by("starts_at", "pk")
    chosen = bookings.past(now) if when == "past" else bookings.cancelled()
    return chosen.order_by("-starts_at", "-pk")


def patient_counts(actor: Actor, now: datetime) -> dict[str, int]:
    """How many appointments each of the three lists holds. One query."""
    upcoming = Q(status__in=LIVE, ends_at__gt=now)
    cancelled = Q(status=Status.CANCELLED)
    return bookings_visible_to(actor).aggregate(
        upcoming=Count("pk", filter=upcoming),
        past=Count("pk", filter=~upcoming & ~cancelled),
        cancelled=Count("pk", filter=cancelled),
    )


def clashes_of(actor: Actor, slot: Slot) -> dict[int, Booking]:
    """The live appointments that share any moment with `slot`, the earliest for each patient the actor may see."""
    live = bookings_visible_to(actor).live()
    during = live.filter(starts_at__lt=slot.ends_at, ends_at__gt=slot.starts_at)
    return {booking.patient_id: booking for booking in during.order_by("-starts_at")}


def clash_of(actor: Actor, slot: Slot, patient: PatientProfile | None) -> Booking | None:
    """The live appointment of `patient` that shares any moment with `slot`, the earliest of them."""
    return clashes_of(actor, slot).get(patient.pk) if patient else None


def booking_made_with(actor: Actor, idempotency_key: str) -> Booking | None:
    """What the actor booked with this form before."""
    return bookings_visible_to(actor).filter(booked_by_id=actor.pk, idempotency_key=idempotency_key).first()


# A doctor's


def doctor_list(
    actor: Actor,
    status: str = "",
    date_from: date | None = None,
    date_to: date | None = None,
    *,
    now: datetime,
) -> BookingQuerySet:
    """The actor's appointments, days of the hospital, both ends included (B8).

    From a first day on in order of time. Without one: those of today and later in order of time,
    then the earlier ones, latest first, so that the next thing to do stands on the first page.
    """
    bookings = bookings_visible_to(actor).with_last_change()
    if status:
        bookings = bookings.filter(status=status)
    if date_to:
        bookings = bookings.filter(starts_at__lt=start_of_day(date_to + timedelta(days=1)))
    if date_from:
        return bookings.filter(starts_at__gte=start_of_day(date_from)).order_by("starts_at", "pk")
    today = start_of_day(hospital_day(now))
    coming = Case(When(starts_at__gte=today, then=F("starts_at")))
    return bookings.order_by(coming.asc(nulls_last=True), "-starts_at", "pk")


def day_list(actor: Actor, day: date, now: datetime) -> BookingQuerySet:
    """The actor's appointments that hold a time on a day at the hospital, in order of time; today's over midnight."""
    rows = bookings_visible_to(actor).with_last_change().filter(_of_day(day, now))
    return rows.filter(status__in=HOLDS_SLOT).order_by("starts_at", "pk")


def desk_day(actor: Actor, day: date, now: datetime) -> list[Booking]:
    """Everybody the actor may see on a day at the hospital, cancelled too, in order of time; today's over midnight.
    One query."""
    rows = bookings_visible_to(actor).filter(_of_day(day, now))
    return list(rows.with_last_change().with_arrival().order_by("starts_at", "pk"))


def _of_day(day: date, now: datetime) -> Q:
    """What begins on a day. With today, also whom the hours around `now` are about, though their date is another:
    who waits, or is being seen, at midnight is still there afterwards, and who comes for a time after it comes before.
    """
    of_date = Q(starts_at__gte=start_of_day(day), starts_at__lt=start_of_day(day + timedelta(days=1)))
    if day != hospital_day(now):
        return of_date
    just_now = Q(starts_at__gt=now - STAYS_IN_SIGHT) | Q(ends_at__gt=now)
    return of_date | (just_now & Q(starts_at__lte=now + ARRIVE_AHEAD, status__in=HOLDS_SLOT))


def coming_of(actor: Actor, patients: Collection[int], now: datetime) -> dict[int, list[Booking]]:
    """The appointments to come of some patients, by the patient's key, soonest first. One query."""
    found: dict[int, list[Booking]] = {key: [] for key in patients}
    for booking in bookings_visible_to(actor).upcoming(now).filter(patient__in=patients).order_by("starts_at", "pk"):
        found[booking.patient_id].append(booking)
    return found


def last_seen_by(actor: Actor, patient: PatientProfile, limit: int = 3) -> list[DoctorProfile]:
    """The doctors a patient has had appointments with, the latest first. One query."""
    latest = bookings_visible_to(actor).filter(patient=patient).order_by("-starts_at", "-pk")[:20]
    doctors = {booking.doctor_id: booking.doctor for booking in latest if booking.doctor.is_listed}
    return list(doctors.values())[:limit]


# Both


def history(booking: Booking) -> QuerySet[BookingStatusChange]:
    """What happened to an appointment, first things first, with who did it. The booking was found for its reader."""
    return booking.changes.select_related("by").order_by("pk")


# Reviews

REVIEWS_ON_A_PAGE = 5
REVIEWED_WITHIN = timedelta(days=60)
LAST_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """One page of a doctor's reviews, newest first; never counted, the doctor knows how many there are."""

    number: int
    items: list[Review]
    has_next: bool

    @property
    def has_previous(self) -> bool:
        return self.number > 1


def shown_reviews(doctor: DoctorProfile, *, page: int = 1) -> ReviewPage:
    """What everybody may read: reviews nobody has hidden. One query."""
    number = min(max(page, 1), LAST_PAGE)
    first = (number - 1) * REVIEWS_ON_A_PAGE
    rows = Review.objects.filter(booking__doctor=doctor, hidden_at__isnull=True)
    rows = rows.select_related("booking__patient__user", "booking__patient__guardian").order_by("-created_at", "-pk")
    found = list(rows[first : first + REVIEWS_ON_A_PAGE + 1])
    return ReviewPage(number, found[:REVIEWS_ON_A_PAGE], has_next=len(found) > REVIEWS_ON_A_PAGE)


def review_of(booking: Booking) -> Review | None:
    """What its patient said of a visit. The booking was found for its reader."""
    return Review.objects.filter(booking=booking).first()


def to_review(actor: Actor, now: datetime) -> BookingQuerySet:
    """The actor's visits of the last weeks nobody has reviewed yet, latest first."""
    done = bookings_visible_to(actor).filter(status=Status.COMPLETED, starts_at__gte=now - REVIEWED_WITHIN)
    return done.filter(review__isnull=True).order_by("-starts_at", "-pk")


# Waiting lists, and times that are held


def entries_visible_to(actor: Actor) -> WaitingEntryQuerySet:
    """A patient's own and of those they care for, a doctor's queue, all for staff; nothing for anybody else."""
    entries = WaitingEntry.objects.select_related("doctor__user", "doctor__department", "patient__user")
    if not actor.is_authenticated or not actor.is_active:
        return entries.none()
    if may(actor, Can.SEE_WAITING):
        return entries
    if actor.is_doctor:
        return entries.filter(doctor__user=actor)
    return entries.filter(Q(patient__user=actor) | Q(patient__guardian=actor))


def waiting(actor: Actor, now: datetime) -> QuerySet[WaitingEntry]:
    """The wishes of the actor's that still stand, longest first; of a doctor: who waits for them."""
    return entries_visible_to(actor).standing(now).order_by("created_at", "pk")


MOST_FITTING = 500


def times_that_fit(doctor: DoctorProfile, wish: Wish, before: datetime | None, now: datetime) -> list[Slot]:
    """The doctor's free times anybody could book now that suit a wish, in order; those of the hospital's next year.

    `before`: the appointment they should be earlier than. One query.
    """
    first, after = start_of_day(wish.first_day), start_of_day(wish.last_date + timedelta(days=1))
    offered = offered_times(doctor, now).filter(starts_at__gte=first, starts_at__lt=after)
    offered = offered.filter(starts_at__lt=before) if before else offered
    zone = timezone.get_default_timezone()
    rows = list(offered.order_by("starts_at")[:MOST_FITTING])
    for slot in rows:
        slot.doctor = doctor  # known: nobody who shows them need ask again
    return [slot for slot in rows if wish.suits(timezone.localtime(slot.starts_at, zone))]


def next_with(actor: Actor, doctor: DoctorProfile, patient: PatientProfile, now: datetime) -> Booking | None:
    """The patient's next appointment with a doctor that a waiting list could better."""
    same = bookings_visible_to(actor).filter(patient=patient, doctor=doctor, status__in=LIVE, ends_at__gt=now)
    return same.order_by("starts_at", "pk").first()


def waiting_counts(now: datetime) -> dict[int, int]:
    """How many wait for each doctor, by the doctor's key; for staff."""
    return dict(WaitingEntry.objects.standing(now).order_by().values_list("doctor").annotate(Count("pk")))


def holds_visible_to(actor: Actor) -> QuerySet[Hold]:
    """Times held for the actor as a patient, or for those they care for, with all a page says of them."""
    held = Hold.objects.select_related(
        "slot__doctor__user", "slot__doctor__department", "patient__user", "patient__guardian", "entry", "booking"
    )
    if not actor.is_authenticated or not actor.is_active or not actor.is_patient:
        return held.none()
    return held.filter(Q(patient__user=actor) | Q(patient__guardian=actor))


def hold_of_waiting(actor: Actor, hold_id: UUID) -> Hold | None:
    """A time that was held for the actor from a waiting list, whatever became of it; None when it is not theirs."""
    return holds_visible_to(actor).filter(pk=hold_id, entry__isnull=False).first()


def offers_waiting(actor: Actor, now: datetime) -> list[Hold]:
    """Times held for the actor from waiting lists that can still be accepted, the first to run out first."""
    running = holds_visible_to(actor).filter(entry__isnull=False, state=HoldState.OPEN, until__gt=now)
    return list(running.order_by("until", "pk"))


def offers_of(booking: Booking, now: datetime) -> list[Hold]:
    """The times still held in place of an appointment, in order of time. The booking was found for its reader."""
    running = booking.offers.filter(state=HoldState.OPEN, until__gt=now)
    return list(running.select_related("slot__doctor__user", "slot__doctor__department").order_by("slot__starts_at"))


def answer_to_offers(booking: Booking, now: datetime) -> str:
    """What became of the times offered in place of an appointment: "", "waiting", "declined" or "no answer"."""
    rows = list(booking.offers.values_list("state", "until"))
    if not rows:
        return ""
    if any(state == HoldState.OPEN and until > now for state, until in rows):
        return "waiting"
    return "declined" if any(state == HoldState.DECLINED for state, _ in rows) else "no answer"


def others_with(actor: Actor, held: Hold, now: datetime) -> list[Booking]:
    """Appointments the patient of a held time has with its doctor and could give up for it, soonest first."""
    same = bookings_visible_to(actor).filter(patient=held.patient, doctor=held.slot.doctor)
    could = same.filter(status__in=(Status.PENDING, Status.CONFIRMED), starts_at__gt=now)
    return list(could.order_by("starts_at", "pk"))


def entries_in_place_of(doctors: Iterable[int]) -> QuerySet[WaitingEntry]:
    """Who was put on a colleague's list in place of an appointment with one of these doctors: what they were told names
    both. Known by the instant, which a cancellation and its offer have in common (`colleagues.offer`)."""
    given_up = Booking.objects.filter(
        doctor__in=list(doctors), patient=OuterRef("patient"), cancelled_at=OuterRef("created_at")
    )
    return WaitingEntry.objects.filter(Exists(given_up))
