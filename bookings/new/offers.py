"""What is offered to whoever could not have a time: it is the same for all of them, so it is worked out once.

Two hundred want one time; the doctor's nearest free ones and the colleagues' next ones are looked for once in two
seconds, and drawn once, in each process. Whoever is elsewhere at some of them gets a list without those, drawn from
the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from bookings.links import doctor_url
from bookings.presenters import by_day
from core.intervals import Interval, interval_of, overlaps_any
from core.remembered import Remembered
from doctors.directory.selectors import Listing, other_doctors_with_slots
from doctors.models import DoctorProfile, Slot
from doctors.own_clock import clock_note
from doctors.presenters import plain_slot
from doctors.selectors import next_free_slots

TIMES_SHOWN = 8
TIMES_ASKED = 24
OTHER_DOCTORS = 3
FRESH = 2.0  # seconds


@dataclass(frozen=True, slots=True)
class Offers:
    """Free times of a doctor, the nearest to a lost one first, and doctors of the same department with theirs.

    `drawn`: the part of the page with some of the times, by which ones.
    """

    times: list[Slot]
    others: list[dict[str, Any]]
    drawn: dict[tuple[UUID, ...], SafeString] = field(default_factory=dict)


_remembered: Remembered[Offers] = Remembered(fresh=FRESH)


def offers_for(
    busy: Sequence[Interval], doctor: DoctorProfile, wanted: Slot | None, *, is_lost: bool = True, now: datetime
) -> SafeString:
    """The part of the page with other times than `wanted`, at which somebody who is `busy` then is free; empty when
    there is nothing to offer. Unless it `is_lost`, `wanted` is among them as far as it is free."""
    near = wanted if wanted and wanted.starts_at > now else None
    key = (doctor.pk, near.pk if near else None, is_lost, get_language())
    offers = _remembered.get(key, lambda: _work_out(doctor, near, is_lost, now))
    free = [slot for slot in offers.times if not overlaps_any(interval_of(slot), busy)] if busy else offers.times
    return _drawn(doctor, offers, free)


def _work_out(doctor: DoctorProfile, near: Slot | None, is_lost: bool, now: datetime) -> Offers:
    times = _nearest(doctor, near, is_lost, now)
    others = [_choice(row) for row in other_doctors_with_slots(doctor, now, OTHER_DOCTORS)]
    offers = Offers(times, others)
    _drawn(doctor, offers, times)  # what nearly all are shown: the others wait for it, not each for their own
    return offers


def _drawn(doctor: DoctorProfile, offers: Offers, free: list[Slot]) -> SafeString:
    """Of nobody in particular: who is elsewhere at the same times shares it."""
    shown = tuple(slot.pk for slot in free[:TIMES_SHOWN])
    if shown not in offers.drawn:
        offers.drawn[shown] = _draw(doctor, free, offers.others)
    return offers.drawn[shown]


def _nearest(doctor: DoctorProfile, near: Slot | None, is_lost: bool, now: datetime) -> list[Slot]:
    if near is None:
        return next_free_slots(doctor, now, TIMES_ASKED)
    instant, lost_id = near.starts_at, near.pk if is_lost else None  # to somebody else it may be free all the same
    found = [slot for slot in next_free_slots(doctor, now, TIMES_ASKED, near=instant) if slot.pk != lost_id]
    return sorted(found, key=lambda slot: abs(slot.starts_at - instant))


def _draw(doctor: DoctorProfile, times: list[Slot], others: list[dict[str, Any]]) -> SafeString:
    """The first few of `times`, in order of time."""
    chosen = sorted(times[:TIMES_SHOWN], key=lambda slot: slot.starts_at)
    links = [plain_slot(slot, doctor) for slot in chosen]
    if not links and not others:
        return SafeString()
    facts = {
        "doctor_name": doctor.display_name,
        "clock_note": clock_note(link.starts_at for link in links),
        "days": by_day(links),
        "others": others,
    }
    return render_to_string("bookings/new/_offers.html", facts)


def _choice(listing: Listing) -> dict[str, Any]:
    """Another doctor with their next times, for the buttons of the page about a lost time."""
    times = [plain_slot(slot, listing.doctor) for slot in listing.times[:3]]
    note = clock_note(time.starts_at for time in times)
    return {"doctor": listing.doctor, "times": times, "clock_note": note, "url": doctor_url(listing.doctor)}
