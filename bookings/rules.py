"""What may be booked, cancelled and done when: pure decisions, given `now` and plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.errors import DomainError

REMINDER_REST = timedelta(hours=1)
REMINDER_HELPS = timedelta(hours=1)


class SlotTaken(DomainError):
    message = "Someone has just taken this time."


class SlotPassed(DomainError):
    message = "This time has already passed."


class DoctorNotAccepting(DomainError):
    message = "This doctor is not taking new bookings at the moment."


class PatientBusy(DomainError):
    message = "You already have an appointment at this time."


class TooLateToCancel(DomainError):
    message = "It is too late to cancel online. Please phone the hospital."


class TooEarly(DomainError):
    message = "It is too early for this step."


@dataclass(frozen=True)
class Offer:
    """What must be known of a time, freshly read under its lock, to decide whether it can be booked."""

    starts_at: datetime
    is_free: bool
    doctor_is_listed: bool
    doctor_is_accepting: bool


def check_can_book(offer: Offer, *, patient_is_busy: bool, now: datetime) -> None:
    """Raises SlotPassed, DoctorNotAccepting, SlotTaken or PatientBusy, in that order of telling."""
    if offer.starts_at <= now:
        raise SlotPassed
    if not (offer.doctor_is_listed and offer.doctor_is_accepting):
        raise DoctorNotAccepting
    if not offer.is_free:
        raise SlotTaken
    if patient_is_busy:
        raise PatientBusy


def cancel_until(*, starts_at: datetime, cutoff: timedelta) -> datetime:
    """The last instant at which a patient may cancel online."""
    return starts_at - cutoff


def check_can_cancel(*, starts_at: datetime, cutoff: timedelta, by_patient: bool, now: datetime) -> None:
    """Patients until the cut-off; the hospital as long as the state table lets it. Raises TooLateToCancel."""
    if by_patient and now > cancel_until(starts_at=starts_at, cutoff=cutoff):
        raise TooLateToCancel


def reminder_time(*, starts_at: datetime, zone: ZoneInfo, hour: int) -> datetime:
    """The instant of the reminder (D4): `hour` o'clock in `zone`, on the day before the appointment's day there.

    An hour the clocks skip is taken as the moment they do; of a repeated one the first (PEP 495, fold 0).
    """
    eve = starts_at.astimezone(zone).date() - timedelta(days=1)
    return datetime.combine(eve, time(hour), zone).astimezone(UTC)


def is_time_to_remind(*, starts_at: datetime, booked_at: datetime, reminder_at: datetime, now: datetime) -> bool:
    """From the hour of the reminder on; a missed hour is made up for, as long as it still helps.

    A booking made after that hour is reminded of too, once it is an hour old: before, the confirmation is fresh.
    """
    return max(reminder_at, booked_at + REMINDER_REST) <= now <= starts_at - REMINDER_HELPS


def check_can_check_in(*, appointment_day: date, today: date) -> None:
    """Days are the hospital's. Raises TooEarly before the day of the appointment."""
    if today < appointment_day:
        raise TooEarly("A patient can be checked in on the day of the appointment.")


def check_can_mark_no_show(*, starts_at: datetime, now: datetime) -> None:
    """Raises TooEarly before the appointment was due to begin."""
    if now < starts_at:
        raise TooEarly("The appointment has not begun yet.")
