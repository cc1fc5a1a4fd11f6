"""The look before the lock refuses only what is refused under it as well, and nothing it can't be sure of (C2, C4)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from itertools import product

import pytest
from django.test import Client

from bookings import rules
from bookings.models import Booking
from bookings.new import views
from bookings.new.early import check_at_sight
from bookings.new.selectors import snapshot
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.tests.conftest import NOW
from bookings.tests.factories import make_held, make_offers
from bookings.tests.people import booked, browser_of, new_address, slot_in, text_of
from core.errors import DomainError
from core.turns import Turns
from doctors.models import DoctorProfile, Slot
from doctors.tests.factories import make_doctor, make_slot
from patients.models import PatientProfile
from patients.selectors import people_to_book_for
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
OF_THE_TIME = (rules.SlotTaken, rules.TimeClosed, rules.SlotPassed, rules.DoctorNotAccepting)
OF_THE_TERMS = (rules.NoticeTooShort, rules.OutsideWindow, rules.PatientBusy)


class World:
    """People and doctors who stay the same; each case has an hour of its own."""

    def __init__(self) -> None:
        self.reader, self.other, self.parent = make_patient(), make_patient(), make_patient()
        self.child, self.foreign = make_person(self.parent), make_person(self.other)
        self.doctor = make_doctor(min_notice=2 * HOUR, booking_window=timedelta(days=60))
        self.elsewhere, self.closed, self.unseen = make_doctor(), make_doctor(is_accepting=False), make_doctor()
        self._count = 0

    def slot(self, doctor: DoctorProfile | None = None, *, minutes: int | None = None) -> Slot:
        """A new one, the hour after the last; with `minutes`, a short one about so many from NOW on."""
        self._count += 1
        if minutes is None:
            return slot_in(doctor or self.doctor, hours=4 + self._count)
        return make_slot(
            doctor or self.doctor, starts_at=NOW + timedelta(minutes=minutes, seconds=self._count), minutes=1 / 60
        )


# What has become of a time, for somebody who wants it

State = Callable[[World, PatientProfile], Slot]


def free(world: World, _wants: PatientProfile) -> Slot:
    return world.slot()


def of_another(world: World, _wants: PatientProfile) -> Slot:
    return _of(world, world.other)


def of_their_own(world: World, wants: PatientProfile) -> Slot:
    return _of(world, wants)


def _of(world: World, patient: PatientProfile) -> Slot:
    slot = world.slot()
    has(patient, slot)
    return slot


def has(patient: PatientProfile, slot: Slot, **form: str) -> Booking:
    by = patient.account
    assert by is not None
    return book(slot_id=slot.pk, patient_ref=PatientRef.of(patient), by=by, now=NOW, **form)


def busy_in_the_calendar(world: World, _wants: PatientProfile) -> Slot:
    slot = world.slot()
    Slot.objects.filter(pk=slot.pk).update(closed_by_calendar=True)
    return slot


def they_are_elsewhere(world: World, wants: PatientProfile) -> Slot:
    slot = world.slot()
    has(wants, make_slot(world.elsewhere, starts_at=slot.starts_at))
    return slot


def too_soon(world: World, _wants: PatientProfile) -> Slot:
    return world.slot(minutes=0)


def passed(world: World, _wants: PatientProfile) -> Slot:
    return world.slot(minutes=-60)


def too_far(world: World, _wants: PatientProfile) -> Slot:
    return world.slot(minutes=61 * 24 * 60)


def of_who_takes_nobody(world: World, _wants: PatientProfile) -> Slot:
    return world.slot(world.closed)


def of_who_is_not_listed(world: World, _wants: PatientProfile) -> Slot:
    slot = world.slot(world.unseen)
    DoctorProfile.objects.filter(pk=world.unseen.pk).update(approved_at=None, approved_by=None)
    return slot


def gone(world: World, _wants: PatientProfile) -> Slot:
    return Slot(pk=uuid.uuid4(), doctor=world.doctor)


def held_for_them(world: World, wants: PatientProfile) -> Slot:
    return _held(world, wants)


def held_for_another(world: World, _wants: PatientProfile) -> Slot:
    return _held(world, make_patient())


def was_held(world: World, _wants: PatientProfile) -> Slot:
    slot = world.slot()
    make_held(make_patient(), slot, now=NOW - HOUR, minutes=59)
    return slot


def offered_in_place_of_theirs(world: World, wants: PatientProfile) -> Slot:
    slot, first = world.slot(), world.slot()
    make_offers(has(wants, first), [slot], now=NOW)
    return slot


def _held(world: World, patient: PatientProfile) -> Slot:
    slot = world.slot(make_doctor())
    make_held(patient, slot, now=NOW)
    return slot


STATES: list[State] = [
    *(free, of_another, of_their_own, busy_in_the_calendar, they_are_elsewhere, too_soon, passed, too_far),
    *(of_who_takes_nobody, of_who_is_not_listed, gone),
    *(held_for_them, held_for_another, was_held, offered_in_place_of_theirs),
]

# What has become of the form

Key = Callable[[World, PatientProfile, Slot], str]


def none(*_: object) -> str:
    return ""


def new(*_: object) -> str:
    return uuid.uuid4().hex


def of_another_time(world: World, by: PatientProfile, _slot: Slot) -> str:
    key = uuid.uuid4().hex
    has(by, world.slot(), idempotency_key=key)
    return key


def of_somebody_elses_form(world: World, _by: PatientProfile, slot: Slot) -> str:
    return of_another_time(world, world.other, slot)


KEYS: list[Key] = [none, new, of_another_time, of_somebody_elses_form]


def told_early(reader: PatientProfile, slot: Slot, person_id: int | None, key: str) -> type[DomainError] | None:
    seen = snapshot(reader.user, slot.pk, key=key, now=NOW)
    try:
        check_at_sight(seen, person_id, NOW)
    except DomainError as error:
        return type(error)
    return None


def told_under_the_lock(
    reader: PatientProfile, slot: Slot, person_id: int | None, key: str
) -> type[DomainError] | None:
    try:
        book(
            slot_id=slot.pk,
            patient_ref=PatientRef.person(person_id),
            by=reader.user,
            idempotency_key=key or None,
            now=NOW,
        )
    except DomainError as error:
        return type(error)
    return None


def test_what_is_refused_at_sight_is_refused_alike_under_the_lock() -> None:
    world, early = World(), set[type[DomainError] | None]()
    for state, key_of in product(STATES, KEYS):
        slot = state(world, world.reader)
        key = key_of(world, world.reader, slot)
        first = told_early(world.reader, slot, None, key)
        then = told_under_the_lock(world.reader, slot, None, key)
        case = (state.__name__, key_of.__name__)
        assert first in {None, then}, case
        if key_of is not of_another_time and state not in {gone, of_who_is_not_listed}:
            assert first is then, case  # and whatever can be known is known
        early.add(first)
    assert early == {None, *OF_THE_TIME, *OF_THE_TERMS}


def test_for_whom_it_is_is_settled_under_the_lock() -> None:
    world = World()
    people = {
        "nobody said": None,
        "the parent": world.parent.pk,
        "the child": world.child.pk,
        "not theirs": world.foreign.pk,
    }
    told = {}
    for (said, person_id), state in product(people.items(), [free, of_another, held_for_another, they_are_elsewhere]):
        wants = world.child if said == "the child" else world.parent
        slot = state(world, wants)
        first = told_early(world.parent, slot, person_id, "")
        then = told_under_the_lock(world.parent, slot, person_id, "")
        assert first in {None, then}, (said, state.__name__)
        told[said, state.__name__] = first, then

    assert {told[said, "of_another"] for said in ("the parent", "the child")} == {(rules.SlotTaken, rules.SlotTaken)}
    assert told["nobody said", "of_another"] == (None, rules.PersonNotChosen)
    assert told["not theirs", "of_another"] == (None, rules.NoSuchPerson)
    assert told["the child", "they_are_elsewhere"] == (rules.PatientBusy, rules.PatientBusy)


def test_a_form_that_booked_is_never_refused_at_sight() -> None:
    """Its time is the reader's own, or given back, or another's by now: it is answered as it was the first time."""
    world, key = World(), uuid.uuid4().hex
    slot = world.slot()
    mine = has(world.reader, slot, idempotency_key=key)
    changes: list[Callable[[], object]] = [
        lambda: None,
        lambda: cancel(booking=mine, by=world.reader.user, now=NOW),
        lambda: has(world.other, slot),
    ]
    for change in changes:
        change()
        assert told_early(world.reader, slot, None, key) is None
        assert told_under_the_lock(world.reader, slot, None, key) is None
    assert told_early(world.reader, slot, None, "another form") is rules.SlotTaken


def test_people_are_those_one_can_book_for() -> None:
    world = World()
    removed = make_person(world.parent, full_name="Bo Patient")
    PatientProfile.objects.filter(pk=removed.pk).update(removed_at=NOW)
    make_person(world.parent, full_name="Ada Patient")
    first, second = world.slot(), world.slot()
    has(world.child, second)
    has(world.child, first)

    seen = snapshot(world.parent.user, first.pk, now=NOW)

    assert seen.people == people_to_book_for(world.parent.user)
    assert [person.full_name for person in seen.people] == ["Pat Patient", "Ada Patient", "Tom Patient"]
    assert seen.busy_people == {world.child.pk}
    assert [one.slot_id for one in seen.coming[world.child.pk]] == [first.pk, second.pk]
    assert seen.slot == first


def test_a_clash_is_any_shared_moment_with_a_live_appointment() -> None:
    mine = booked(minutes=30, days=1)
    reader, times = mine.patient.user, [slot_in(days=1, minutes=5), slot_in(days=1, hours=0.5)]

    def clashes() -> list[int | None]:
        found = [snapshot(reader, slot.pk, now=NOW).clash_of(mine.patient) for slot in times]
        return [clash.pk if clash else None for clash in found]

    assert clashes() == [mine.pk, None]
    cancel(booking=mine, by=reader, now=NOW)
    assert clashes() == [None, None]


# On the page


@pytest.fixture(autouse=True)
def _nobody_was_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "rivals", Turns())


def test_whoever_is_alone_is_not_looked_at_first_and_late_comers_do_not_lock(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot, asked = booked().slot, list[object]()
    assert slot is not None
    monkeypatch.setattr(views, "book", lambda **facts: asked.append(facts) or book(**facts))
    answers = [browser.post(new_address(slot), {"reason": "Knee"}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [409] * 3
    assert len(asked) == 1  # the first learns it under the lock
    pages = {without_tokens(text_of(answer)) for answer in answers}
    assert len(pages) == 1
    assert "Someone has just taken this time" in pages.pop()


def without_tokens(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if "csrfmiddlewaretoken" not in line)


def test_the_form_that_booked_is_led_to_its_appointment_every_time() -> None:
    slot, reader = slot_in(), make_patient()
    browser = browser_of(reader.user)
    answers = [browser.post(new_address(slot), {"reason": "Knee", "idempotency_key": "k"}) for _ in range(3)]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, answers[0]["Location"])}
    other = browser.post(new_address(slot), {"reason": "Knee", "idempotency_key": "another form"})
    assert "You have already booked this time" in text_of(other)


def test_a_lost_time_of_nobody_for_somebody_elses_person_is_not_found(browser: Client) -> None:
    foreign = make_person(make_patient())
    for slot in (uuid.uuid4(), booked().slot):
        assert slot is not None
        assert browser.get(f"{new_address(slot)}&person={foreign.pk}").status_code == 404
