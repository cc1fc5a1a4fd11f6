"""Reading the waiting list (C9). Every read begins with what the reader may see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from accounts.permissions import Can, Viewer, may
from bookings.choices import LIVE
from bookings.holds.rules import TimePreference
from bookings.models import (
    Booking,
    WaitingEntry,
    WaitingEntryQuerySet,
)
from bookings.selectors import bookings_visible_to
from core.clock import end_of_day, start_of_day
from core.intervals import A_DAY
from core.postgres.compiled import CompiledQuery
from doctors.models import DoctorProfile, Slot
from doctors.selectors import offered_slots
from patients.models import PatientProfile


def entries_visible_to(viewer: Viewer) -> WaitingEntryQuerySet:
    """A patient's own and of those they care for, a doctor's queue, all for staff; nothing for anybody else."""
    entries = WaitingEntry.objects.select_related("doctor__user", "doctor__department", "patient__user")
    if not viewer.is_authenticated or not viewer.is_active:
        return entries.none()
    if may(viewer, Can.SEE_WAITING):
        return entries
    if viewer.is_doctor:
        return entries.filter(doctor__user=viewer)
    return entries.filter(Q(patient__user=viewer) | Q(patient__guardian=viewer))


def waiting_entries(viewer: Viewer, now: datetime) -> QuerySet[WaitingEntry]:
    """The wishes of the viewer's that still stand, longest first; of a doctor: who waits for them."""
    return entries_visible_to(viewer).standing(now).order_by("created_at", "pk")


_CARD = (
    *("first_day", "last_day", "weekdays", "earliest", "latest"),
    *("patient__own_name", "patient__user__full_name"),
    *("doctor__slug", "doctor__specialization", "doctor__user__full_name"),
)


def waiting_cards_of(patient: User, now: datetime) -> list[WaitingEntry]:
    """A patient's wishes with what a list says of each (`presenters.waiting_cards`); the rest is read when asked."""
    if not patient.is_patient or not patient.is_active:
        return []
    return _cards_statement().run(viewer=patient.pk, **_moments(now))


def _moments(now: datetime) -> dict[str, Any]:
    """What of `now` decides whether a wish still stands (`WaitingEntryQuerySet.standing`)."""
    here = timezone.localtime(now, timezone.get_default_timezone())
    return {"today": here.date(), "yesterday": here.date() - A_DAY, "hour": here.time()}


@cache
def _cards_statement() -> CompiledQuery[WaitingEntry]:
    patient, now = User(pk=9_001, role=Role.PATIENT), datetime(9001, 1, 2, 3, 4, 5, tzinfo=UTC)
    found = waiting_entries(patient, now).select_related(None).select_related("doctor__user", "patient__user")
    return CompiledQuery(found.only(*_CARD), {"viewer": patient.pk, **_moments(now)})


MOST_FITTING = 500


def fitting_slots(doctor: DoctorProfile, wish: TimePreference, before: datetime | None, now: datetime) -> list[Slot]:
    """The doctor's free times anybody could book now that suit a wish, in order; those of the hospital's next year.

    `before`: the appointment they should be earlier than. One query.
    """
    first, after = start_of_day(wish.first_day), end_of_day(wish.last_date)
    offered = offered_slots(doctor, now).filter(starts_at__gte=first, starts_at__lt=after)
    offered = offered.filter(starts_at__lt=before) if before else offered
    zone = timezone.get_default_timezone()
    rows = list(offered.order_by("starts_at")[:MOST_FITTING])
    for slot in rows:
        slot.doctor = doctor  # known: nobody who shows them need ask again
    return [slot for slot in rows if wish.suits(timezone.localtime(slot.starts_at, zone))]


def next_with(viewer: Viewer, doctor: DoctorProfile, patient: PatientProfile, now: datetime) -> Booking | None:
    """The patient's next appointment with a doctor that a waiting list could better."""
    same = bookings_visible_to(viewer).filter(patient=patient, doctor=doctor, status__in=LIVE, ends_at__gt=now)
    return same.order_by("starts_at", "pk").first()


def waiting_counts(now: datetime) -> dict[int, int]:
    """How many wait for each doctor, by the doctor's key; for staff."""
    return dict(WaitingEntry.objects.standing(now).order_by().values_list("doctor").annotate(Count("pk")))


def entries_in_place_of(doctors: Iterable[int]) -> QuerySet[WaitingEntry]:
    """Who was put on a colleague's list in place of an appointment with one of these doctors: what they were told names
    both. Known by the instant, which a cancellation and its offer have in common (`colleagues.offer`)."""
    given_up = Booking.objects.filter(
        doctor__in=list(doctors), patient=OuterRef("patient"), cancelled_at=OuterRef("created_at")
    )
    return WaitingEntry.objects.filter(Exists(given_up))
