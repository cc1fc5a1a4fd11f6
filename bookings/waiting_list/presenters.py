"""The words of the waiting list: what somebody waits for, and what is held for them (C9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from bookings.links import doctor_url, place_of
from bookings.models import Booking, Hold, WaitingEntry
from bookings.new.for_whom import person_words
from bookings.permissions import refusal_to_move
from bookings.presenters import Row, doctor_words, length_words, time_words, when_words
from bookings.states import Actor
from bookings.waiting_list.forms import FIRST_HOUR, LAST_HOUR
from core.formats import clock_time, from_to, long_date, money
from doctors.choices import Weekday
from doctors.models import DoctorProfile, Slot
from doctors.own_clock import clock_note
from doctors.presenters import SlotLink, plain_slot
from patients.models import PatientProfile
from patients.presenters import names_apart

ALL_WEEK = set(Weekday.values)
WORKING_WEEK = set(Weekday.values) - {Weekday.SATURDAY, Weekday.SUNDAY}
ON_TOP = "more"


@dataclass(frozen=True, slots=True)
class WaitingCard:
    """One wish. `held_url` when a time is held for it now, with `held_words` saying which and until when."""

    title: str
    doctor_url: str
    for_whom: str
    days: str
    hours: str
    held_words: str
    held_url: str
    leave_url: str


def waiting_cards(entries: Iterable[WaitingEntry], held: Iterable[Hold], viewer: User) -> list[WaitingCard]:
    by_entry: Mapping[UUID | None, Hold] = {hold.entry_id: hold for hold in held}
    return [_card(entry, by_entry.get(entry.pk), viewer) for entry in entries]


def _card(entry: WaitingEntry, held: Hold | None, viewer: User) -> WaitingCard:
    return WaitingCard(
        title=doctor_words(entry.doctor),
        doctor_url=doctor_url(entry.doctor),
        for_whom="" if entry.patient.user_id == viewer.pk else entry.patient.full_name,
        days=f"{from_to(long_date(entry.first_day), long_date(entry.last_day))}, {weekday_words(entry.weekdays)}",
        hours=hour_words(entry.earliest, entry.latest),
        held_words=_held_words(held) if held else "",
        held_url=reverse("bookings:waiting_offer", args=[held.pk]) if held else "",
        leave_url=reverse("bookings:waiting_leave", args=[entry.pk]),
    )


def _held_words(held: Hold) -> str:
    facts = {"when": when_words(held.slot), "until": until_words(held.until)}
    return _("%(when)s is held for you until %(until)s.") % facts


def weekday_words(days: Sequence[int]) -> str:
    """ "any day", "Monday to Friday", or the days by name."""
    chosen = set(days)
    if chosen == ALL_WEEK:
        return _("any day")
    if chosen == WORKING_WEEK:
        return _("Monday to Friday")
    names = [str(Weekday(day).label) for day in sorted(chosen)]
    if len(names) == 1:
        return names[0]
    return _("%(days)s and %(last_day)s") % {"days": ", ".join(names[:-1]), "last_day": names[-1]}


def hour_words(earliest: time, latest: time) -> str:
    hours = {"start": clock_time(earliest), "end": clock_time(latest)}
    if latest < earliest:
        return _("from %(start)s to %(end)s the next day") % hours
    if earliest == FIRST_HOUR and latest == LAST_HOUR:
        return _("at any hour")
    if latest == LAST_HOUR:
        return _("not before %(start)s") % hours
    if earliest == FIRST_HOUR:
        return _("starting by %(end)s") % hours
    return _("not before %(start)s, starting by %(end)s") % hours


def until_words(moment: datetime) -> str:
    """ "2:30pm on Wednesday 6 August 2026", at the hospital."""
    return _("%(time)s on %(day)s") % {"time": clock_time(moment), "day": long_date(moment)}


def offer_rows(held: Hold) -> list[Row]:
    slot = held.slot
    rows = [
        Row(_("Doctor"), doctor_words(slot.doctor)),
        Row(_("Day"), long_date(slot.starts_at)),
        Row(_("Time"), time_words(slot)),
        Row(_("Duration"), length_words(slot)),
        Row(_("Place"), place_of(slot.doctor)),
        Row(_("Fee"), money(slot.doctor.consultation_fee_cents)),
    ]
    return rows if held.patient.user_id else [Row(_("For"), held.patient.full_name), *rows]


def instead_choices(bookings: Iterable[Booking], now: datetime) -> list[tuple[str, str]]:
    """In place of what the time could be taken; nothing to choose when there is nothing to give up."""
    choices = [
        (booking.reference, _("Instead of my appointment on %(when)s") % {"when": when_words(booking)})
        for booking in bookings
        if refusal_to_move(booking, Actor.PATIENT, now) is None
    ]
    return [*choices, (ON_TOP, _("As one more appointment"))] if choices else []


def people_choices(people: Sequence[PatientProfile], viewer: User) -> list[tuple[str, str]]:
    """For "Who is this for?"."""
    names = names_apart(people)
    return [(str(person.pk), person_words(person, names[person.pk], viewer)) for person in people]


FITTING_SHOWN = 6


@dataclass(frozen=True, slots=True)
class JoinPage:
    """What somebody should know before they wait: which times fit already, and what they'd be waiting for."""

    waits_for: str
    fits: str
    clock_note: str
    times: list[SlotLink]
    more_url: str


def join_page(
    doctor: DoctorProfile, fitting: Sequence[Slot], own: Booking | None, person: PatientProfile | None
) -> JoinPage:
    """`own`: the appointment an earlier time is wanted for, if any; `person`: whom it is for, where that is known."""
    if own is not None:
        waits_for = _(
            "When a time with %(doctor)s earlier than the appointment on %(day)s comes free, we’ll hold it for you and "
            "e-mail you. You’ll keep that appointment until you decide."
        )
    else:
        waits_for = _("When a time with %(doctor)s that suits you comes free, we’ll hold it for you and e-mail you.")
    count = len(fitting)
    times = [replace(plain_slot(slot, doctor), url=_booking_url(slot, own, person)) for slot in fitting[:FITTING_SHOWN]]
    fits = ngettext("%(count)s time fits. Book it now.", "%(count)s times fit. Book one now.", count)
    return JoinPage(
        waits_for=waits_for % {"doctor": doctor.display_name, "day": when_words(own) if own else ""},
        fits=fits % {"count": count} if count else "",
        clock_note=clock_note(time.starts_at for time in times),
        times=times,
        more_url=doctor_url(doctor) if count > FITTING_SHOWN else "",
    )


def _booking_url(slot: Slot, own: Booking | None, person: PatientProfile | None) -> str:
    """An appointment that is to be earlier is moved; anything else is booked."""
    if own is not None:
        return f"{reverse('bookings:move', args=[own.reference])}?{urlencode({'slot': str(slot.pk)})}"
    query = {"slot": str(slot.pk)} | ({"person": str(person.pk)} if person else {})
    return f"{reverse('bookings:new')}?{urlencode(query)}"
