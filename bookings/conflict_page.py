"""The page for whoever could not have a time: what happened, the nearest others, and nothing typed is lost (C3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from bookings import selectors
from bookings.forms import BookingForm
from bookings.models import Booking
from bookings.presenters import TimesOfDay, by_day, detail_url, doctor_url, listing_choice, when_words
from bookings.rules import DoctorNotAccepting, PatientBusy, SlotPassed, SlotTaken
from bookings.services import KeyReused
from core.errors import DomainError
from doctors.models import DoctorProfile, Slot
from doctors.selectors import doctor_by_slug, next_free_times, other_doctors_with_times

TIMES_SHOWN = 8
TIMES_ASKED = 24
OTHER_DOCTORS = 3


@dataclass(frozen=True, slots=True)
class OwnAppointment:
    """An appointment of the reader's that stands in the way."""

    title: str
    when: str
    url: str


@dataclass(frozen=True, slots=True)
class ConflictPage:
    heading: str
    sentence: str
    own: OwnAppointment | None
    doctor_name: str
    doctor_url: str
    days: list[TimesOfDay]
    others: list[dict[str, Any]]
    reason: str
    notes: str


def conflict_page(
    actor: User, *, slot: Slot | None, form: BookingForm, error: DomainError, now: datetime
) -> ConflictPage:
    """What to say and to offer after `error`. `slot` is None when the time is no longer in any diary."""
    doctor = slot.doctor if slot else _doctor_named(form)
    own = _own_in_the_way(actor, slot, form, error)
    heading, sentence = _words(error, slot, own)
    offers = doctor if not _is_same(own, slot) else None
    return ConflictPage(
        heading=heading,
        sentence=sentence,
        own=_own_appointment(own) if own else None,
        doctor_name=doctor.display_name if doctor else "",
        doctor_url=doctor_url(doctor) if doctor else "",
        days=by_day(_nearest(actor, offers, slot, now)) if offers else [],
        others=_others(offers, now) if offers else [],
        reason=_typed(form, "reason"),
        notes=_typed(form, "notes"),
    )


def _doctor_named(form: BookingForm) -> DoctorProfile | None:
    slug = _typed(form, "doctor")
    return doctor_by_slug(slug) if slug else None


def _typed(form: BookingForm, name: str) -> str:
    return str(form[name].value() or "")


def _own_in_the_way(actor: User, slot: Slot | None, form: BookingForm, error: DomainError) -> Booking | None:
    if isinstance(error, KeyReused):
        return selectors.booking_made_with(actor, _typed(form, "idempotency_key"))
    if isinstance(error, SlotTaken | PatientBusy) and slot:
        return selectors.clash_of(actor, slot)
    return None


def _own_appointment(booking: Booking) -> OwnAppointment:
    return OwnAppointment(booking.doctor.display_name, when_words(booking), detail_url(booking))


def _is_same(own: Booking | None, slot: Slot | None) -> bool:
    """The reader has this very time already."""
    return own is not None and slot is not None and own.slot_id == slot.pk


def _words(error: DomainError, slot: Slot | None, own: Booking | None) -> tuple[str, str]:
    if isinstance(error, KeyReused):
        return "This form was already sent", error.message
    if _is_same(own, slot):
        return "You have already booked this time", "There is nothing more to do. Your appointment is in place."
    if isinstance(error, PatientBusy):
        return "You already have an appointment at this time", "Nothing was booked. You can be in one place at a time."
    if isinstance(error, SlotPassed):
        return "This time has already passed", "Nothing was booked."
    if isinstance(error, DoctorNotAccepting) and slot:
        name = slot.doctor.display_name
        return f"{name} is not taking new bookings", "Nothing was booked. Another doctor may have a time for you."
    return (
        "Someone has just taken this time",
        "Nothing was booked. Choose one of the other times; what you wrote is kept.",
    )


def _nearest(actor: User, doctor: DoctorProfile, slot: Slot | None, now: datetime) -> list[Slot]:
    """Free times of the doctor closest to the lost one, at which the reader is free as well."""
    near = slot.starts_at if slot and slot.starts_at > now else None
    busy = [(row.starts_at, row.ends_at) for row in selectors.bookings_visible_to(actor).upcoming(now)]
    free = [
        time
        for time in next_free_times(doctor, now, TIMES_ASKED, near=near)
        if not any(start < time.ends_at and end > time.starts_at for start, end in busy)
    ]
    if near:
        free = sorted(free, key=lambda time: abs(time.starts_at - near))
    return sorted(free[:TIMES_SHOWN], key=lambda time: time.starts_at)


def _others(doctor: DoctorProfile, now: datetime) -> list[dict[str, Any]]:
    return [listing_choice(row) for row in other_doctors_with_times(doctor, now, OTHER_DOCTORS)]
