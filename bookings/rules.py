"""What may be booked, cancelled and done when: pure decisions, given `now` and plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

UNDO_WITHIN = timedelta(minutes=5)
TAKE_BACK_WITHIN = timedelta(minutes=10)
REMINDER_REST = timedelta(hours=1)
REMINDER_HELPS = timedelta(hours=1)
LATE_AFTER = timedelta(minutes=5)
ARRIVE_AHEAD = timedelta(hours=3)
STAYS_IN_SIGHT = timedelta(hours=4)


class SlotTaken(DomainError):
    message = _("Someone has just taken this time.")


class TimeClosed(SlotTaken):
    message = _("The doctor is no longer free at this time.")


class SlotPassed(DomainError):
    message = _("This time has already passed.")


class DoctorNotAccepting(DomainError):
    message = _("This doctor isn’t taking new bookings at the moment.")


class NoticeTooShort(DomainError):
    message = _("This time is too soon to book online. Please phone the hospital.")


class OutsideWindow(DomainError):
    message = _("This time can’t be booked yet: it is too far ahead.")


class PatientBusy(DomainError):
    message = _("You already have an appointment at this time.")


class TooLateToCancel(DomainError):
    message = _("It’s too late to cancel online. Please phone the hospital.")


class TooLateToMove(DomainError):
    message = _("It’s too late to move it online. Please phone the hospital.")


class TooEarly(DomainError):
    message = _("It’s too early for this step.")


class TooLateToUndo(DomainError):
    message = _("You can only undo a step within five minutes.")


class AlreadyReviewed(DomainError):
    message = _("This visit has already been reviewed.")


class NotYetReviewable(DomainError):
    message = _("You can review a visit once it’s completed.")


class NoSuchPerson(DomainError):
    message = _("That person isn’t on your list.")
    status = 404


class PersonNotChosen(DomainError):
    message = _("Choose who this is for.")
    status = 422


class AccountIsClosed(DomainError):
    message = _("This account has been closed. Nothing was booked.")


class LimitReached(DomainError):
    """As many as one person may have without speaking to somebody; always raised with a sentence of its own."""


class HasComingAppointments(DomainError):
    message = _("There are upcoming appointments. Cancel them first.")


class DoctorBusyNow(DomainError):
    message = _("The doctor has another appointment now. Choose a free time.")


@dataclass(frozen=True)
class SlotFacts:
    """What must be known of a time, freshly read under its lock, to decide whether it can be booked."""

    starts_at: datetime
    is_free: bool
    is_held_for_another: bool
    doctor_is_listed: bool
    doctor_is_accepting: bool
    min_notice: timedelta
    booking_window: timedelta
    is_closed: bool = False


def check_can_book(offer: SlotFacts, *, patient_is_busy: bool, by_hospital: bool = False, now: datetime) -> None:
    """Raises SlotPassed, DoctorNotAccepting, NoticeTooShort, OutsideWindow, SlotTaken, TimeClosed or PatientBusy, in
    that order.

    Notice and window bind patients, and so does a time closed because its doctor's own calendar says "busy" (E3); the
    hospital itself may book at shorter notice, further ahead, and such a time (C10).
    """
    if offer.starts_at <= now:
        raise SlotPassed
    if not (offer.doctor_is_listed and offer.doctor_is_accepting):
        raise DoctorNotAccepting
    if not by_hospital:
        _check_terms(offer, now)
    if not offer.is_free or offer.is_held_for_another:
        raise SlotTaken
    if offer.is_closed and not by_hospital:
        raise TimeClosed
    if patient_is_busy:
        raise PatientBusy


@dataclass(frozen=True, slots=True)
class Limits:
    """What patients may book without speaking to somebody; `phone` is where that is."""

    of_patient: int
    of_account: int
    within_hour: int
    phone: str


@dataclass(frozen=True, slots=True)
class Load:
    """What there is already: to come for the patient and for all of the account, and booked within the last hour.

    `name` of the patient, where it is not the account's own.
    """

    of_patient: int
    of_account: int
    within_hour: int
    name: str = ""


def check_limits(load: Load, limits: Limits) -> None:
    """One more appointment, booked by a patient. Raises LimitReached."""
    said = {"name": load.name, "phone": limits.phone}
    if load.of_patient >= limits.of_patient and load.name:
        message = ngettext(
            "%(name)s already has %(count)d upcoming appointment. Please call us on %(phone)s to book another.",
            "%(name)s already has %(count)d upcoming appointments. Please call us on %(phone)s to book another.",
            load.of_patient,
        )
        raise LimitReached(message % {"count": load.of_patient, **said})
    if load.of_patient >= limits.of_patient:
        message = ngettext(
            "You already have %(count)d upcoming appointment. Please call us on %(phone)s to book another.",
            "You already have %(count)d upcoming appointments. Please call us on %(phone)s to book another.",
            load.of_patient,
        )
        raise LimitReached(message % {"count": load.of_patient, **said})
    if load.of_account >= limits.of_account:
        message = ngettext(
            "You and the people you look after already have %(count)d upcoming appointment. "
            "Please call us on %(phone)s to book another.",
            "You and the people you look after already have %(count)d upcoming appointments. "
            "Please call us on %(phone)s to book another.",
            load.of_account,
        )
        raise LimitReached(message % {"count": load.of_account, **said})
    check_pace(load.within_hour, limits)


def check_pace(within_hour: int, limits: Limits) -> None:
    """One more booking or move by a patient, after so many within the last hour. Raises LimitReached."""
    if within_hour >= limits.within_hour:
        message = ngettext(
            "You’ve booked %(count)d appointment within the last hour. "
            "Please try again later, or call us on %(phone)s.",
            "You’ve booked %(count)d appointments within the last hour. "
            "Please try again later, or call us on %(phone)s.",
            within_hour,
        )
        raise LimitReached(message % {"count": within_hour, "phone": limits.phone})


def check_can_walk_in(offer: SlotFacts, *, patient_is_busy: bool) -> None:
    """Who stands at the desk is booked at no notice, also into a time that has begun (C10).

    Raises DoctorNotAccepting, SlotTaken or PatientBusy.
    """
    if not (offer.doctor_is_listed and offer.doctor_is_accepting):
        raise DoctorNotAccepting
    if not offer.is_free or offer.is_held_for_another:
        raise SlotTaken
    if patient_is_busy:
        raise PatientBusy


def _check_terms(offer: SlotFacts, now: datetime) -> None:
    if offer.starts_at <= now + offer.min_notice:
        raise NoticeTooShort
    if offer.starts_at > now + offer.booking_window:
        raise OutsideWindow


@dataclass(frozen=True, slots=True)
class Release:
    """What must be known of an appointment to decide whether its patient may still give its time back."""

    starts_at: datetime
    booked_at: datetime
    cutoff: timedelta
    is_request: bool

    @property
    def until(self) -> datetime:
        """The last instant at which a patient may cancel or move it online.

        That is the cut-off; for what was booked after it, or just before, as long as a fresh booking can be taken
        back; for a request nobody has confirmed yet, until it begins.
        """
        if self.is_request:
            return self.starts_at
        return min(self.starts_at, max(self.starts_at - self.cutoff, self.booked_at + TAKE_BACK_WITHIN))

    def is_open(self, now: datetime) -> bool:
        """Never once it has begun."""
        return now <= self.until and now < self.starts_at


def check_can_cancel(release: Release, *, by_patient: bool, now: datetime) -> None:
    """Patients while it is open to them; the hospital as long as the state table lets it. Raises TooLateToCancel."""
    if by_patient and not release.is_open(now):
        raise TooLateToCancel


def check_can_move(release: Release, *, by_patient: bool, now: datetime) -> None:
    """Who may still cancel may still move. Raises TooLateToMove."""
    if by_patient and not release.is_open(now):
        raise TooLateToMove


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


def is_late(*, starts_at: datetime, now: datetime) -> bool:
    """Whether somebody not here yet is called late at the desk: more than `LATE_AFTER` behind their time."""
    return now - starts_at > LATE_AFTER


def is_time_to_check_in(*, appointment_day: date, today: date, ahead: timedelta) -> bool:
    """On the day of the appointment, the hospital's, and in the hours before: who comes at midnight comes the eve."""
    return today >= appointment_day or ahead <= ARRIVE_AHEAD


def check_can_check_in(*, appointment_day: date, today: date, ahead: timedelta) -> None:
    """`ahead`: how long until it begins. Raises TooEarly before the day of the appointment and the hours before it."""
    if not is_time_to_check_in(appointment_day=appointment_day, today=today, ahead=ahead):
        raise TooEarly(gettext("You can check a patient in on the day of the appointment."))


def check_can_mark_no_show(*, starts_at: datetime, now: datetime) -> None:
    """Raises TooEarly before the appointment was due to begin."""
    if now < starts_at:
        raise TooEarly(gettext("The appointment hasn’t started yet."))


def check_can_undo(*, changed_at: datetime, was_step: bool, now: datetime) -> None:
    """Only the last change, only when it was a step and no undoing itself (`was_step`), only for `UNDO_WITHIN`.

    Raises TooLateToUndo.
    """
    if not was_step or now - changed_at > UNDO_WITHIN:
        raise TooLateToUndo


def check_can_review(*, is_completed: bool, is_reviewed: bool) -> None:
    """Raises NotYetReviewable or AlreadyReviewed (B10)."""
    if not is_completed:
        raise NotYetReviewable
    if is_reviewed:
        raise AlreadyReviewed


def walk_in_span(
    *, now: datetime, usual: timedelta, next_start: datetime | None, shortest: timedelta
) -> tuple[datetime, datetime]:
    """From this minute on for the usual length, at most until the next time in the diary begins (C10).

    Raises DoctorBusyNow when less than `shortest` is left until then.
    """
    start = now.replace(second=0, microsecond=0)
    end = min(start + usual, next_start) if next_start else start + usual
    if end - start < shortest:
        raise DoctorBusyNow(gettext("The next time in the doctor’s diary starts in a moment."))
    return start, end


class AppointmentsChanged(DomainError):
    message = _("The appointments have changed since you looked. Nothing is saved yet: please look again.")


class KeyReused(DomainError):
    message = _("This form has already been sent with different answers. Please start again from the doctor’s page.")


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody not known here yet. Phone and e-mail may be empty."""

    full_name: str
    date_of_birth: date
    phone: str = ""
    email: str = ""


class Known(Protocol):
    """Whoever has a record."""

    @property
    def pk(self) -> int: ...


@dataclass(frozen=True, slots=True)
class PatientRef:
    """For whom something is booked, as it was asked: one of four ways, made by the constructors below."""

    patient_id: int | None = None
    person_id: int | None = None
    new: Newcomer | None = None

    @property
    def is_own(self) -> bool:
        return self == PatientRef()

    @classmethod
    def own(cls) -> PatientRef:
        """For whoever asks, a patient who cares for nobody else."""
        return cls()

    @classmethod
    def person(cls, person_id: int | None) -> PatientRef:
        """For somebody on the list of whoever asks, themselves included; for None as `own` (C11)."""
        return cls(person_id=person_id)

    @classmethod
    def of(cls, patient: Known) -> PatientRef:
        """For a patient who is known."""
        return cls(patient_id=patient.pk)

    @classmethod
    def newcomer(cls, new: Newcomer) -> PatientRef:
        """For somebody the hospital registers with the booking (C10)."""
        return cls(new=new)
