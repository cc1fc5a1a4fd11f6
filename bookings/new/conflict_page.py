"""The page for whoever could not have a time: what happened, the nearest others, and nothing typed is lost (C3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import User
from bookings import selectors
from bookings.links import detail_url, doctor_url
from bookings.models import Booking
from bookings.new.for_whom import person_asked
from bookings.new.forms import BookingForm
from bookings.new.offers import offers_for
from bookings.new.selectors import Snapshot
from bookings.presenters import when_words
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
from core.site import site_facts
from core.text.folding import duration_words
from doctors.models import DoctorProfile, Slot
from doctors.selectors import doctor_by_slug
from patients.models import PatientProfile


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
    offers: SafeString
    reason: str
    notes: str
    person: str
    person_name: str


def conflict_page(actor: User, *, seen: Snapshot, form: BookingForm, error: DomainError, now: datetime) -> ConflictPage:
    """What to say and to offer after `error`. `seen` has no slot when the time is no longer in any diary."""
    slot = seen.slot
    doctor = slot.doctor if slot else _doctor_named(form)
    person = person_asked(seen.people, form.person_id) or next(iter(seen.people), None)
    own = _own_in_the_way(actor, person, seen, form, error)
    other = person if person and person.user_id != actor.pk else None
    heading, sentence = _words(error, slot, own, other)
    return ConflictPage(
        heading=heading,
        sentence=sentence,
        own=_own_appointment(own, actor) if own else None,
        doctor_name=doctor.display_name if doctor else "",
        doctor_url=doctor_url(doctor) if doctor else "",
        offers=_offers(seen, person, doctor if not _is_same(own, slot) else None, error, now),
        reason=_typed(form, "reason"),
        notes=_typed(form, "notes"),
        person=str(person.pk) if person and form.person_id else "",
        person_name=other.full_name if other else "",
    )


def _offers(
    seen: Snapshot, person: PatientProfile | None, doctor: DoctorProfile | None, error: DomainError, now: datetime
) -> SafeString:
    """Nothing for whoever has this very time already."""
    if doctor is None:
        return SafeString()
    is_lost = not isinstance(error, KeyReused)  # then nothing is said of the time
    return offers_for(seen.busy_times(person), doctor, seen.slot, is_lost=is_lost, now=now)


def _doctor_named(form: BookingForm) -> DoctorProfile | None:
    slug = _typed(form, "doctor")
    return doctor_by_slug(slug) if slug else None


def _typed(form: BookingForm, name: str) -> str:
    return str(form[name].value() or "")


def _own_in_the_way(
    actor: User, person: PatientProfile | None, seen: Snapshot, form: BookingForm, error: DomainError
) -> Booking | None:
    if isinstance(error, KeyReused):
        return selectors.booking_made_with(actor, _typed(form, "idempotency_key"))
    clash = seen.clash_of(person) if person and isinstance(error, SlotTaken | PatientBusy) else None
    return selectors.cards_by_key(actor, [clash.pk]).get(clash.pk) if clash else None


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
