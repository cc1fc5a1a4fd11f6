"""What an appointment costs, and how an invoice stands. Pure: no clock, no database.

Amounts are whole smallest units of the currency, days those of the hospital.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from billing.amounts import percent_of
from billing.choices import Occasion, PaymentStatus
from bookings.choices import Status

# How it stands


def payment_status(*, total: int, credited: int, balance: int) -> PaymentStatus:
    """Of an issued invoice: cancelled when it is wholly credited, paid when nothing is left to pay."""
    if credited == total:
        return PaymentStatus.CANCELLED
    return PaymentStatus.PENDING if balance > 0 else PaymentStatus.PAID


def is_overdue(*, due_on: date, balance: int, today: date) -> bool:
    return balance > 0 and today > due_on


def due_day(issued_on: date, days: int) -> date:
    return issued_on + timedelta(days=days)


# Numbers


def series_year(day: date, starts: int) -> int:
    """The year whose numbers are given on `day`, named by the one it begins in; `starts`: its first month, 1 to 12."""
    return day.year if day.month >= starts else day.year - 1


def number_of(series: str, year: int, sequence: int) -> str:
    """ "INV-2026-000001"."""
    return f"{series}-{year}-{sequence:06d}"


# What a visit costs

OCCASION_OF: Mapping[str, Occasion] = {
    Status.COMPLETED: Occasion.VISIT,
    Status.CANCELLED: Occasion.LATE_CANCELLATION,
    Status.NO_SHOW: Occasion.MISSED,
}


@dataclass(frozen=True, slots=True)
class FeeTerms:
    """What a doctor's patients pay for a visit that didn't happen, in percent of its fee."""

    late_cancellation_percent: int
    late_cancellation_hours: int
    missed_visit_percent: int


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What must be known of an appointment to decide what it costs.

    `hospital_failed`: time off or a closure fell on it, so that the patient was offered other times. `had_arrived`:
    they were checked in once; whoever came and left again was kept waiting. `was_only_asked_for`: the doctor never
    confirmed it.
    """

    status: str
    fee_cents: int
    starts_at: datetime
    cancelled_at: datetime | None = None
    cancelled_by_patient: bool = False
    was_moved: bool = False
    hospital_failed: bool = False
    had_arrived: bool = False
    was_only_asked_for: bool = False


def charge_of(visit: VisitFacts, terms: FeeTerms) -> int:
    """What its patient is charged for an appointment as it stands; 0: nothing.

    A visit costs the fee as it was booked. One that its patient cancelled late, or missed, costs what the terms say,
    and nothing when the hospital cancelled it, was away, kept them waiting, or never confirmed it.
    """
    if visit.status == Status.COMPLETED:
        return visit.fee_cents
    if visit.hospital_failed or visit.was_moved or visit.was_only_asked_for:
        return 0
    if visit.status == Status.NO_SHOW:
        return 0 if visit.had_arrived else percent_of(visit.fee_cents, terms.missed_visit_percent)
    if visit.status == Status.CANCELLED and _is_late(visit, terms):
        return percent_of(visit.fee_cents, terms.late_cancellation_percent)
    return 0


def _is_late(visit: VisitFacts, terms: FeeTerms) -> bool:
    latest = visit.starts_at - timedelta(hours=terms.late_cancellation_hours)
    return visit.cancelled_by_patient and visit.cancelled_at is not None and visit.cancelled_at > latest


def late_cancellation_fee(visit: VisitFacts, terms: FeeTerms, now: datetime) -> int:
    """What it would cost its patient to cancel an appointment at `now`."""
    return charge_of(replace(visit, status=Status.CANCELLED, cancelled_at=now, cancelled_by_patient=True), terms)


# How long it is kept


def years_before(day: date, years: int) -> date:
    """The same day so many years ago; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)
