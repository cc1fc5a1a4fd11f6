"""The months of all doctors, counted together: the same few statements for three doctors as for a thousand.

What a number means, docs/billing.md says. What the figures of the hospital count as well is counted by the same rule:
`bookings.selectors.counted_bookings`, `doctors.utilisation`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, Sum

from accounts.choices import Role
from billing.selectors import earnings_by_doctor
from bookings.choices import Status
from bookings.models import Booking, BookingQuerySet, Review
from bookings.selectors import counted_bookings
from core.clock import start_of_day
from doctors.models import DoctorProfile
from doctors.utilisation import use_by_doctor
from reports.figures import MonthFigures
from reports.rules import month_after

_Part = Iterator[tuple[int, dict[str, int]]]  # a doctor's key, and some of their numbers


def count_month(month: date) -> Mapping[int, MonthFigures]:
    """By the doctor's key; for one who isn't in the hospital's tables, a month of nothing."""
    start, end = start_of_day(month), start_of_day(month_after(month))
    found: defaultdict[int, MonthFigures] = defaultdict(MonthFigures)
    for part in (_appointments, _moved, _patients, _time, _reviews, _money):
        for doctor, numbers in part(start, end):
            found[doctor] = replace(found[doctor], **numbers)
    return found


def _appointments(start: datetime, end: datetime) -> _Part:
    def cancelled(role: Role) -> Count:
        return Count("pk", filter=Q(status=Status.CANCELLED, cancelled_by__role=role))

    counts = {
        "booked": Count("pk"),
        "completed": Count("pk", filter=Q(status=Status.COMPLETED)),
        "cancelled_by_patient": cancelled(Role.PATIENT),
        "cancelled_by_doctor": cancelled(Role.DOCTOR),
        "cancelled_by_hospital": cancelled(Role.STAFF),
        "missed": Count("pk", filter=Q(status=Status.NO_SHOW)),
    }
    yield from _by_doctor(counted_bookings(start, end), counts)


def _moved(start: datetime, end: datetime) -> _Part:
    """Those that were to be in the month, wherever they went."""
    moved = BookingQuerySet(Booking).within(start, end).filter(moved_to__isnull=False).order_by()
    for doctor, count in moved.values_list("doctor").annotate(Count("pk")):
        yield doctor, {"moved": count}


def _patients(start: datetime, end: datetime) -> _Part:
    """Each once. New is who had never completed a visit with this doctor before the month."""
    seen = counted_bookings(start, end).filter(status=Status.COMPLETED)
    earlier = Booking.objects.filter(
        doctor=OuterRef("doctor"), patient=OuterRef("patient"), status=Status.COMPLETED, starts_at__lt=start
    )
    counts = {
        "patients_seen": Count("patient", distinct=True),
        "patients_new": Count("patient", distinct=True, filter=~Exists(earlier)),
    }
    yield from _by_doctor(seen, counts)


def _by_doctor(bookings: BookingQuerySet, counts: Mapping[str, Count]) -> _Part:
    for doctor, *numbers in bookings.values_list("doctor").annotate(**counts):
        yield doctor, dict(zip(counts, numbers, strict=True))


def _time(start: datetime, end: datetime) -> _Part:
    doctors = DoctorProfile.objects.filter(approved_at__isnull=False)
    for doctor, use in use_by_doctor(doctors, start, end).items():
        yield doctor, {"minutes_offered": use.offered, "minutes_used": use.booked}


def _reviews(start: datetime, end: datetime) -> _Part:
    """Those written in the month, of whatever visit, that nobody has hidden."""
    written = Review.objects.filter(created_at__gte=start, created_at__lt=end, hidden_at__isnull=True).order_by()
    for doctor, count, total in written.values_list("booking__doctor").annotate(Count("pk"), Sum("rating")):
        yield doctor, {"reviews": count, "rating_sum": total}


def _money(start: datetime, end: datetime) -> _Part:
    """In the hospital's currency, as the figures have it: what was billed in another is in no report."""
    for doctor, earned in earnings_by_doctor(start, end, currency=settings.CURRENCY).items():
        yield (
            doctor,
            {
                "issued_cents": earned.issued_cents,
                "credited_cents": earned.credited_cents,
                "paid_cents": earned.paid_cents,
            },
        )
