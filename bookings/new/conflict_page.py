"""The page for whoever could not have a time: what happened, the nearest others, and nothing typed is lost (C3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from bookings import selectors
from bookings.links import detail_url, doctor_url
from bookings.models import Booking
from bookings.new.for_whom import person_asked
from bookings.new.forms import BookingForm
from bookings.presenters import TimesOfDay, by_day, when_words
from bookings.rules import (
    DoctorNotAccepting,
    KeyReused,
    NoticeTooShort,
    OutsideWindow,
    PatientBusy,
    SlotPassed,
    SlotTaken,
)
from core.errors import DomainError
from core.formats import long_date
from core.intervals import interval_of, overlaps_any
from core.site import site_facts
from core.text.folding import duration_words
from doctors.directory.selectors import Listing, other_doctors_with_slots
from doctors.models import DoctorProfile, Slot
from doctors.own_clock import clock_note
from doctors.presenters import plain_slot
from doctors.selectors import doctor_by_slug, next_free_slots
from patients.models import PatientProfile
from patients.selectors import people_to_book_for

TIMES_SHOWN = 8
TIMES_ASKED = 24
OTHER_DOCTORS = 3


@dataclass(frozen=True, slots=True)
class OwnAppointment:
    """An appointment that stands in the way: the reader's own, or of whom they care for."""

    label: str
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
    clock_note: str
    days: list[TimesOfDay]
    others: list[dict[str, Any]]
    reason: str
    notes: str
    person: str
    person_name: str


def conflict_page(
    actor: User, *, slot: Slot | None, form: BookingForm, error: DomainError, now: datetime
) -> ConflictPage:
    """What to say and to offer after `error`. `slot` is None when the time is no longer in any diary."""
    doctor = slot.doctor if slot else _doctor_named(form)
    person = _person_of(actor, form)
    own = _own_in_the_way(actor, person, slot, form, error)
    other = person if person and person.user_id != actor.pk else None
    heading, sentence = _words(error, slot, own, other)
    offers = doctor if not _is_same(own, slot) else None
    times = [plain_slot(free, offers) for free in _nearest(actor, person, offers, slot, now)] if offers else []
    return ConflictPage(
        heading=heading,
        sentence=sentence,
        own=_own_appointment(own, actor) if own else None,
        doctor_name=doctor.display_name if doctor else "",
        doctor_url=doctor_url(doctor) if doctor else "",
        clock_note=clock_note(time.starts_at for time in times),
        days=by_day(times),
        others=_others(offers, now) if offers else [],
        reason=_typed(form, "reason"),
        notes=_typed(form, "notes"),
        person=str(person.pk) if person and form.person_id else "",
        person_name=other.full_name if other else "",
    )


def _person_of(actor: User, form: BookingForm) -> PatientProfile | None:
    """Whom it was for; the reader unless said."""
    people = people_to_book_for(actor)
    return person_asked(people, form.person_id) or next(iter(people), None)


def _doctor_named(form: BookingForm) -> DoctorProfile | None:
    slug = _typed(form, "doctor")
    return doctor_by_slug(slug) if slug else None


def _typed(form: BookingForm, name: str) -> str:
    return str(form[name].value() or "")


def _own_in_the_way(
    actor: User, person: PatientProfile | None, slot: Slot | None, form: BookingForm, error: DomainError
) -> Booking | None:
    if isinstance(error, KeyReused):
        return selectors.booking_made_with(actor, _typed(form, "idempotency_key"))
    if isinstance(error, SlotTaken | PatientBusy) and slot:
        return selectors.clash_of(actor, slot, person)
    return None


def _own_appointment(booking: Booking, actor: User) -> OwnAppointment:
    is_own = booking.patient.user_id == actor.pk
    said = _("Your appointment:") if is_own else _("The appointment of %(name)s:")
    label = said % {"name": booking.patient.full_name}
    return OwnAppointment(label, booking.doctor.display_name, when_words(booking), detail_url(booking))


def _is_same(own: Booking | None, slot: Slot | None) -> bool:
    """The reader has this very time already."""
    return own is not None and slot is not None and own.slot_id == slot.pk


def _words(error: DomainError, slot: Slot | None, own: Booking | None, other: PatientProfile | None) -> tuple[str, str]:
    if isinstance(error, KeyReused):
        return _("This form has already been sent"), str(error.message)
    if _is_same(own, slot):
        return _("You have already booked this time"), _(
            "You don’t need to do anything else. Your appointment is booked."
        )
    if isinstance(error, PatientBusy):
        heading = _("You already have an appointment at this time")
        if other:
            heading = _("%(name)s already has an appointment at this time") % {"name": other.full_name}
        return heading, _("Nothing was booked. Nobody can be in two places at a time.")
    if isinstance(error, NoticeTooShort | OutsideWindow) and slot:
        return _out_of_terms(error, slot)
    if isinstance(error, DoctorNotAccepting) and slot:
        heading = _("%(doctor)s isn’t taking new bookings") % {"doctor": slot.doctor.display_name}
        return heading, _("Nothing was booked. Another doctor may have a suitable time.")
    return _lost(error)


def _lost(error: DomainError) -> tuple[str, str]:
    """The time is past, or somebody else has it."""
    if isinstance(error, SlotPassed):
        return _("This time has already passed"), _("Nothing was booked.")
    sentence = _("Nothing was booked. Choose one of the other times. We’ve kept what you wrote.")
    return _("Someone has just taken this time"), sentence


def _out_of_terms(error: DomainError, slot: Slot) -> tuple[str, str]:
    """Too soon or too far ahead: what the doctor asks, and what to do."""
    name, policy = slot.doctor.display_name, slot.doctor.booking_policy
    if isinstance(error, NoticeTooShort):
        facts = {"doctor": name, "notice": duration_words(policy.min_notice), "phone": site_facts()["phone"]}
        sentence = _(
            "Nothing was booked. %(doctor)s can be booked until %(notice)s before; please phone us on %(phone)s."
        )
        return _("This time is too soon to book online"), sentence % facts
    opens = long_date(slot.starts_at - policy.booking_window)
    facts = {"doctor": name, "ahead": duration_words(policy.booking_window), "day": opens}
    sentence = _("Nothing was booked. %(doctor)s can be booked %(ahead)s ahead: this time from %(day)s on.")
    return _("This time can’t be booked yet"), sentence % facts


def _nearest(
    actor: User, person: PatientProfile | None, doctor: DoctorProfile, slot: Slot | None, now: datetime
) -> list[Slot]:
    """Free times of the doctor closest to the lost one, at which whoever it is for is free as well."""
    near = slot.starts_at if slot and slot.starts_at > now else None
    upcoming = selectors.bookings_visible_to(actor).upcoming(now).filter(patient=person)
    busy = [interval_of(row) for row in upcoming]
    free = [
        time
        for time in next_free_slots(doctor, now, TIMES_ASKED, near=near)
        if not overlaps_any(interval_of(time), busy)
    ]
    if near:
        free = sorted(free, key=lambda time: abs(time.starts_at - near))
    return sorted(free[:TIMES_SHOWN], key=lambda time: time.starts_at)


def _others(doctor: DoctorProfile, now: datetime) -> list[dict[str, Any]]:
    return [_choice(row) for row in other_doctors_with_slots(doctor, now, OTHER_DOCTORS)]


def _choice(listing: Listing) -> dict[str, Any]:
    """Another doctor with their next times, for the buttons of the page about a lost time."""
    times = [plain_slot(slot, listing.doctor) for slot in listing.times[:3]]
    note = clock_note(time.starts_at for time in times)
    return {"doctor": listing.doctor, "times": times, "clock_note": note, "url": doctor_url(listing.doctor)}
