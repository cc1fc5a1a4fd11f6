"""Booking at the desk, one page that grows: who, with whom, when, check (C10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from bookings import selectors
from bookings.desk.book_query import NOW, UNNUMBERED, BookQuery
from bookings.desk.forms import known_from_query
from bookings.desk.free_slots import (
    DoctorChoice,
    SlotsFound,
    anyone_in,
    department_named,
    find_doctors,
    nearest_slots,
    next_slots,
    who_works_now,
)
from bookings.desk.rows import guardian_words
from bookings.links import detail_url, place_of
from bookings.models import Booking
from bookings.permissions import can_check_in_for, is_move_offered, refusal_to_cancel
from bookings.presenters import (
    RelatedLink,
    Row,
    born_words,
    doctor_words,
    length_words,
    move_url,
    time_words,
    when_words,
)
from bookings.services.walk_in import refusal_now
from bookings.states import Actor
from core.clock import hospital_day
from core.errors import DomainError
from core.formats import clock_time, long_date, money
from core.text.folding import holds_word, search_key, search_words
from core.text.phones import phone_href, phone_words
from doctors.models import DoctorProfile, Slot
from doctors.own_clock import clock_note, on_clock_of
from doctors.selectors import departments, doctor_by_slug, slot_for_booking
from patients.models import PatientProfile
from patients.selectors import find_patients, patients_bookable_by

MOST_FOUND = 8
MOST_NOW = 6


@dataclass(frozen=True, slots=True)
class ComingLine:
    """An appointment the caller may want to change."""

    words: str
    url: str
    move_url: str
    cancel_url: str


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A patient, told apart from namesakes by birth date and phone."""

    key: int
    name: str
    born: str
    phone: str
    phone_href: str
    email: str
    cared_for_by: str
    coming: list[ComingLine]
    url: str


@dataclass(frozen=True, slots=True)
class DeskTime:
    """A free time as a link (`url`) or, where typed answers must travel, as a button named by `value`."""

    starts_at: datetime | None
    doctor_name: str
    value: str
    url: str


@dataclass(frozen=True, slots=True)
class DeskDay:
    date: date
    times: list[DeskTime]


@dataclass(frozen=True, slots=True)
class WhoPart:
    """Who is calling: what was looked for and found, or the one chosen."""

    query: str
    found: list[FoundPerson]
    has_more: bool
    new_url: str
    chosen: FoundPerson | None
    is_new: bool
    said: str
    change_url: str
    kept: Mapping[str, str]

    @property
    def is_done(self) -> bool:
        return self.is_new or self.chosen is not None


@dataclass(frozen=True, slots=True)
class WishPart:
    """With whom: a doctor, or anyone in a department."""

    name: str = ""
    change_url: str = ""
    find: str = ""
    links: list[RelatedLink] = field(default_factory=list)
    recent: list[RelatedLink] = field(default_factory=list)
    kept: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WhenPart:
    """The next free times, or the one chosen (`rows` to check)."""

    days: list[DeskDay] = field(default_factory=list)
    now: list[DeskTime] = field(default_factory=list)
    not_now: str = ""  # why a doctor who was asked for can't see them at once
    later_url: str = ""
    first_url: str = ""
    day: str = ""
    kept: Mapping[str, str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    chosen: str = ""
    others: list[DeskDay] = field(default_factory=list)
    change_url: str = ""
    is_mixed: bool = False  # times of more than one doctor
    checks_in: bool = False  # who is here is checked in with a booking for today, not with one for another day

    @property
    def starts_at_times(self) -> bool:
        """Whether the keyboard begins at the first time: the first thing to press."""
        return not self.now

    @property
    def clock_note(self) -> str:
        """By which clock the times are told; one of `days` and `others` is shown."""
        days = self.days or self.others
        return clock_note(time.starts_at for day in days for time in day.times if time.starts_at is not None)


@dataclass(frozen=True, slots=True)
class BookingSelection:
    """What the address says, looked up."""

    query: BookQuery
    patient: PatientProfile | None
    wish: DoctorChoice | None
    slot: Slot | None
    doctor_now: DoctorProfile | None
    busy: Sequence[Booking]

    @property
    def is_ready(self) -> bool:
        """Whether only the last questions are left."""
        return self.slot is not None or self.doctor_now is not None


def resolve_selection(query: BookQuery, viewer: User, now: datetime) -> BookingSelection:
    """Unknown patients, doctors and times count as not chosen. Three queries at most."""
    patient = patients_bookable_by(viewer).filter(pk=query.patient).first() if query.patient else None
    doctor = doctor_by_slug(query.doctor) if query.doctor else None
    department = department_named(query.department) if query.department else None
    wish = DoctorChoice(doctor, department) if doctor or department else None
    known = wish is not None and (patient is not None or query.is_new)
    slot = slot_for_booking(query.slot_id) if known and query.slot_id else None
    now_with = doctor if known and query.is_now else None
    busy = selectors.upcoming_by_patient(viewer, [patient.pk], now)[patient.pk] if patient else []
    return BookingSelection(query, patient, wish, slot, now_with, busy)


def who_part(draft: BookingSelection, viewer: User, now: datetime) -> WhoPart:
    """Three queries at most. A caller is also found by any reference one of their visits ever had."""
    query = draft.query
    start = query.replace(patient=None, newcomer="", doctor="", department="", find="", day=None, time="")
    found: list[PatientProfile] = []
    if draft.patient is None and not query.is_new and query.q:
        of_visit = selectors.booking_by_reference(viewer, query.q)
        found = [of_visit.patient] if of_visit else find_patients(viewer, query.q, limit=MOST_FOUND + 1)
    coming = selectors.upcoming_by_patient(viewer, [person.pk for person in found], now) if found else {}
    return WhoPart(
        query=query.q,
        found=[_person(person, coming[person.pk], query, now) for person in found[:MOST_FOUND]],
        has_more=len(found) > MOST_FOUND,
        new_url=query.replace(newcomer=UNNUMBERED, patient=None).url,
        chosen=_person(draft.patient, draft.busy, query, now) if draft.patient else None,
        is_new=query.is_new,
        said=", ".join(known_from_query(query.q).values()) if query.is_new else "",
        change_url=start.url,
        kept=_without(query.replace(patient=None, newcomer=""), "q"),
    )


def _person(patient: PatientProfile, coming: Iterable[Booking], query: BookQuery, now: datetime) -> FoundPerson:
    return FoundPerson(
        key=patient.pk,
        name=patient.full_name,
        born=born_words(patient.date_of_birth, hospital_day(now)),
        phone=phone_words(patient.phone),
        phone_href=phone_href(patient.phone),
        email=patient.email,
        cared_for_by=guardian_words(patient),
        coming=[_coming(booking, query.url, now) for booking in coming],
        url=query.replace(patient=patient.pk, newcomer="").url,
    )


def _coming(booking: Booking, back: str, now: datetime) -> ComingLine:
    cancel = f"{reverse('bookings:cancel', args=[booking.reference])}?{urlencode({'next': back})}"
    return ComingLine(
        words=f"{when_words(booking)}, {booking.doctor.display_name}",
        url=detail_url(booking),
        move_url=move_url(booking, back) if is_move_offered(booking, Actor.STAFF, now) else "",
        cancel_url=cancel if refusal_to_cancel(booking, Actor.STAFF, now) is None else "",
    )


def wish_part(draft: BookingSelection, viewer: User) -> WishPart:
    """Two queries at most; none once it is chosen."""
    query = draft.query
    if draft.wish is not None:
        change = query.replace(doctor="", department="", find="", day=None, time="")
        return WishPart(name=draft.wish.name, change_url=change.url)
    known = departments()
    if query.find:
        words = search_words(query.find)
        known = [
            department for department in known if all(holds_word(search_key(department.name), word) for word in words)
        ]
    doctors = find_doctors(query.find) if query.find else []
    links = [RelatedLink(anyone_in(one), query.replace(department=one.slug).url) for one in known]
    links = [_doctor_link(doctor, query) for doctor in doctors] + links if query.find else links
    seen = selectors.last_seen_by(viewer, draft.patient) if draft.patient and not query.find else []
    return WishPart(
        find=query.find,
        links=links,
        recent=[_doctor_link(doctor, query) for doctor in seen],
        kept=_without(query, "find"),
    )


def _doctor_link(doctor: DoctorProfile, query: BookQuery) -> RelatedLink:
    return RelatedLink(doctor_words(doctor), query.replace(doctor=doctor.slug, department="").url)


def when_part(draft: BookingSelection, now: datetime, *, lost: datetime | None = None) -> WhenPart:
    """The times to choose from; with one chosen, what to check, and the nearest others. Two queries at most.

    `lost` is the instant of a time that could not be had: the nearest others stand in its place.
    """
    query, wish = draft.query, draft.wish
    if wish is None:
        return WhenPart()
    change = query.replace(time="").url
    if lost is not None or draft.is_ready:
        near = lost or (draft.slot.starts_at if draft.slot else now)
        others = [slot for slot in nearest_slots(wish, near=near, busy=draft.busy, now=now) if slot != draft.slot]
        rows = [] if lost else _rows(draft, now)
        return WhenPart(
            rows=rows,
            chosen=_chosen(draft),
            checks_in=query.is_here and (draft.slot is None or can_check_in_for(draft.slot, now)),
            others=_days(_by_day(others), query),
            change_url=change,
            is_mixed=wish.doctor is None,
        )
    found = next_slots(wish, since=query.day, busy=draft.busy, now=now)
    if not query.is_here:
        return _times(found, query, [], "")
    asked = {
        doctor.pk: (doctor, refusal_now(doctor, busy=draft.busy, now=now))
        for doctor in who_works_now(wish, now)[:MOST_NOW]
    }
    can = [one for one, refusal in asked.values() if refusal is None]
    return _times(found, query, can, _not_now(draft, [no for _one, no in asked.values() if no], found, now))


def _not_now(draft: BookingSelection, refusals: Sequence[DomainError], found: SlotsFound, now: datetime) -> str:
    """ "Dr Smith is with a patient until 2:00pm. Next free 3:00pm." """
    if draft.wish is None or draft.wish.doctor is None or not refusals:
        return ""
    soonest = next((slot for _day, slots in found.days for slot in slots), None)
    if soonest is None:
        return str(refusals[0].message)
    is_today = hospital_day(soonest.starts_at) == hospital_day(now)
    words = clock_time(on_clock_of(soonest.doctor, soonest.starts_at)) if is_today else when_words(soonest)
    return f"{refusals[0].message} {_('Next free: %(time)s.') % {'time': words}}"


def _times(found: SlotsFound, query: BookQuery, here: Iterable[DoctorProfile], not_now: str) -> WhenPart:
    return WhenPart(
        not_now=not_now,
        days=_days(found.days, query),
        now=[
            DeskTime(None, doctor.display_name, NOW, query.replace(time=NOW, doctor=doctor.slug, department="").url)
            for doctor in here
        ],
        later_url=query.replace(day=found.later).url if found.later else "",
        first_url=query.replace(day=None).url if query.day else "",
        day=query.day.isoformat() if query.day else "",
        kept=_without(query.replace(time=""), "day"),
        is_mixed=not query.doctor,
    )


def _rows(draft: BookingSelection, now: datetime) -> list[Row]:
    doctor = draft.slot.doctor if draft.slot else draft.doctor_now
    if doctor is None:
        return []
    when = [Row(_("Day"), long_date(now)), Row(_("Time"), _("Now, for the doctor’s usual length"))]
    if draft.slot is not None:
        times = [Row(_("Time"), time_words(draft.slot)), Row(_("Duration"), length_words(draft.slot))]
        when = [Row(_("Day"), long_date(draft.slot.starts_at)), *times]
    price = Row(_("Fee"), money(doctor.consultation_fee_cents))
    return [Row(_("Doctor"), doctor_words(doctor)), *when, Row(_("Place"), place_of(doctor)), price]


def _chosen(draft: BookingSelection) -> str:
    if draft.slot is not None:
        return f"{when_words(draft.slot)}, {draft.slot.doctor.display_name}"
    return _("Now, %(doctor)s") % {"doctor": draft.doctor_now.display_name} if draft.doctor_now else ""


def _by_day(slots: Iterable[Slot]) -> list[tuple[date, list[Slot]]]:
    days: dict[date, list[Slot]] = {}
    for slot in slots:
        days.setdefault(hospital_day(slot.starts_at), []).append(slot)
    return list(days.items())


def _days(days: Iterable[tuple[date, list[Slot]]], query: BookQuery) -> list[DeskDay]:
    return [
        DeskDay(
            day,
            [
                DeskTime(
                    on_clock_of(slot.doctor, slot.starts_at),
                    slot.doctor.display_name,
                    str(slot.pk),
                    query.replace(time=str(slot.pk)).url,
                )
                for slot in slots
            ],
        )
        for day, slots in days
    ]


def _without(query: BookQuery, *names: str) -> dict[str, str]:
    """What a form in the address carries along, without what it asks itself."""
    return {name: value for name, value in query.pairs().items() if name not in names}
