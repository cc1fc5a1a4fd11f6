"""A doctor leaves while patients book (H3): nobody is left with an appointment with somebody who is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db.models import Q

from accounts.models import User
from accounts.tests.factories import StaffFactory
from bookings import rules
from bookings.departures import services as departures
from bookings.departures.rules import DepartureDecision
from bookings.models import Booking
from bookings.rules import AppointmentsChanged, PatientRef
from bookings.services.book import book
from bookings.services.steps import confirm, mark_no_show
from bookings.services.undo import undo as undo_last_step
from core import clock
from doctors.models import DoctorProfile, Slot
from doctors.schedule import services as schedule
from doctors.tests.factories import make_doctor, make_slot
from patients.models import PatientProfile
from patients.tests.factories import make_patient
from tests.concurrency.support import invariants
from tests.concurrency.support.crowd import Crowd, outcomes
from tests.concurrency.support.guards import PATIENCE, start_inside, unlock
from tests.concurrency.support.steps import books, diary, waits

ROUNDS = 25
RIVALS = 12


def left_behind() -> int:
    """Live appointments to come, with a doctor whose account is closed."""
    return Booking.objects.upcoming(clock.now()).filter(~Q(doctor__user__is_active=True)).count()


def leaves(doctor: DoctorProfile, boss: User) -> Callable[[], departures.DepartureResult]:
    """As staff do: whenever somebody has booked meanwhile, look again and decide again."""

    def act() -> departures.DepartureResult:
        while True:
            now = clock.now()
            seen = [
                visit.reference
                for visit in departures.preview_departure(doctor=doctor, last_day=None, now=now).bookings
            ]
            try:
                return departures.leave(
                    doctor=doctor,
                    last_day=None,
                    decisions={},
                    otherwise=DepartureDecision.CANCEL,
                    seen=seen,
                    reason="Left",
                    by=boss,
                    now=now,
                )
            except AppointmentsChanged:
                continue

    return act


def test_whoever_books_at_that_moment_is_refused_or_told(crowd: Crowd, patients: list[PatientProfile]) -> None:
    boss, booked = StaffFactory(), 0
    for _ in range(ROUNDS):
        doctor = make_doctor()
        slots = diary(doctor, RIVALS)
        acts = [books(patient, slot) for patient, slot in zip(patients, slots, strict=False)]

        left, *rest = crowd.rush([leaves(doctor, boss), *acts])

        assert left.error is None
        assert set(outcomes(rest)) <= {"done", "SlotTaken", "DoctorNotAccepting"}, outcomes(rest)
        booked += outcomes(rest)["done"]
        assert left_behind() == 0
        assert not Slot.objects.filter(doctor=doctor, state="FREE").exists()
    assert booked > 0  # some were booked, and then cancelled and told: the race did happen
    assert invariants.broken() == {}


def test_of_two_who_decide_at_once_one_is_told_so(crowd: Crowd) -> None:
    boss = StaffFactory()
    for _ in range(10):
        doctor = make_doctor()
        diary(doctor, 3)
        answers = crowd.rush([leaves(doctor, boss)] * 3)
        assert outcomes(answers) == {"done": 1, "AlreadyLeft": 2}


def missed_visit(doctor: DoctorProfile, boss: User) -> Booking:
    """Marked as missed before its time is over: nothing to decide for who leaves, until that is taken back."""
    now, patient = clock.now(), make_patient()
    slot = make_slot(doctor, starts_at=now - timedelta(minutes=30), minutes=120)
    booking = book(slot_id=slot.pk, patient_ref=PatientRef.of(patient), by=patient.user, now=now - timedelta(hours=3))
    return mark_no_show(booking=confirm(booking=booking, by=boss, now=now), by=boss, now=now)


def test_no_visit_comes_back_to_life_with_a_doctor_who_leaves_at_that_moment(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor, boss = make_doctor(), StaffFactory()
    back = partial(undo_last_step, booking=missed_visit(doctor, boss), by=boss, now=clock.now())

    answers = crowd.rush([leaves(doctor, boss), start_inside(monkeypatch, departures, "_complete", back)])

    assert outcomes(answers) == {"done": 1, "DoctorHasLeft": 1}
    assert left_behind() == 0
    assert invariants.broken() == {}


def test_without_the_doctors_lock_a_visit_comes_back_to_life(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the leaving is not seen before it is written."""
    doctor, boss = make_doctor(), StaffFactory()
    back = partial(undo_last_step, booking=missed_visit(doctor, boss), by=boss, now=clock.now())
    unlock(monkeypatch, DoctorProfile)

    answers = crowd.rush([leaves(doctor, boss), start_inside(monkeypatch, departures, "_complete", back)])

    assert outcomes(answers) == {"done": 2}
    assert left_behind() == 1


WAITS_FOR_NOBODY = "somebody waits for a doctor who has gone"


@pytest.mark.parametrize("locked", [True, False])
def test_nobody_waits_for_a_doctor_who_leaves_at_that_moment(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch, locked: bool
) -> None:
    """With its control: without the doctor's lock, who joins sees a doctor who is still there."""
    doctor, boss = make_doctor(), StaffFactory()
    joins = start_inside(monkeypatch, departures, "_complete", partial(waits, patients[0], doctor))
    if not locked:
        unlock(monkeypatch, DoctorProfile)

    answers = crowd.rush([leaves(doctor, boss), joins])

    assert outcomes(answers) == ({"done": 1, "NobodyToWaitFor": 1} if locked else {"done": 2})
    assert set(invariants.broken()) == (set() if locked else {WAITS_FOR_NOBODY})


def test_without_the_locks_somebody_is_left_behind(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the doctor's times are not locked, and stay in the diary; both sides decide, then both write."""
    doctor, boss = make_doctor(), StaffFactory()
    slot = diary(doctor, 1)[0]
    unlock(monkeypatch, Slot)
    monkeypatch.setattr(schedule, "take_out", len)
    _meet_after_looking(monkeypatch)

    answers = crowd.rush([partial(_leave_once, doctor, boss), books(patients[0], slot)])

    assert outcomes(answers) == {"done": 2}, answers
    assert left_behind() == 1


def _leave_once(doctor: DoctorProfile, boss: User) -> departures.DepartureResult:
    now = clock.now()
    return departures.leave(
        doctor=doctor,
        last_day=None,
        decisions={},
        otherwise=DepartureDecision.CANCEL,
        seen=[],
        reason="Left",
        by=boss,
        now=now,
    )


def _meet_after_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who leaves has read that there is no appointment, who books that the time is free; then both go on."""
    meeting = Barrier(2)

    def together(decide: Callable[..., Any]) -> Callable[..., Any]:
        def act(*args: Any, **kwargs: Any) -> Any:
            found = decide(*args, **kwargs)
            meeting.wait(timeout=PATIENCE)
            return found

        return act

    monkeypatch.setattr(rules, "check_can_book", together(rules.check_can_book))
    monkeypatch.setattr(departures, "_lock_bookings", together(departures._lock_bookings))
