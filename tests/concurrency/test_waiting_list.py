"""Freed times, held for whoever waits, while everybody else wants them (C9)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest

from bookings.choices import HoldState, WaitingState
from bookings.holds import services as holds
from bookings.holds import waitlist_offers
from bookings.models import Booking, Hold, WaitingEntry
from bookings.waiting_list import services as waiting_list
from core import clock
from doctors.models import Slot
from doctors.tests.factories import make_doctor
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from tests.concurrency.support import invariants
from tests.concurrency.support.crowd import Crowd, outcomes
from tests.concurrency.support.doses import ROUNDS
from tests.concurrency.support.guards import meet_after, unlock, without_constraint
from tests.concurrency.support.steps import accepts, books, cancels, diary, waits

SECOND = timedelta(seconds=1)


def held_now() -> Hold:
    return Hold.objects.select_related("slot__doctor", "patient__user", "entry").get(state=HoldState.OPEN)


def declines(held: Hold) -> partial[None]:
    return partial(waiting_list.decline, held=held, now=clock.now())


def passes_on(held: Hold) -> partial[int]:
    """The cleanup, as it runs a second after the hold has ended."""
    return partial(waiting_list.reoffer_expired_holds, now=held.until + SECOND)


def test_a_freed_time_is_held_declined_and_accepted_while_twenty_others_want_it(
    crowd: Crowd, patients: list[PatientProfile]
) -> None:
    doctor = make_doctor()
    holder, first, second, *rest = patients
    others = rest[:20]
    waits(first, doctor)
    for number, slot in enumerate(diary(doctor, ROUNDS)):
        waits(second, doctor)
        booking = books(holder, slot)()
        few = others if number % 5 == 0 else others[:3]

        # When it is given back, nobody gets in between
        cancelled, *refused = crowd.rush([cancels(booking), *(books(other, slot) for other in few)])
        assert cancelled.error is None
        assert outcomes(refused) == Counter(SlotTaken=len(few))
        assert held_now().patient_id == first.pk

        # When the first declines, it goes to the next before anybody else
        declined, *refused = crowd.rush([declines(held_now()), *(books(other, slot) for other in few)])
        assert declined.error is None
        assert outcomes(refused) == Counter(SlotTaken=len(few))
        assert held_now().patient_id == second.pk

        # Then the next accepts
        accepted, *refused = crowd.rush([accepts(held_now()), *(books(other, slot) for other in few)])
        assert accepted.error is None
        assert outcomes(refused) == Counter(SlotTaken=len(few))
        cancels(accepted.value, by_doctor=True)()
    assert Hold.objects.filter(state=HoldState.ACCEPTED).count() == ROUNDS
    assert OutgoingMessage.objects.filter(action="WAITLIST_OFFER").count() == 2 * ROUNDS
    assert invariants.broken() == {}


def test_accepting_in_the_last_second_or_losing_it_to_the_next(crowd: Crowd, patients: list[PatientProfile]) -> None:
    doctor = make_doctor()
    holder, first, second = patients[:3]
    accepted = 0
    for slot in diary(doctor, ROUNDS):
        for waiting in (first, second):
            waits(waiting, doctor)
        cancels(books(holder, slot)())()
        held = held_now()

        answer, cleaned = crowd.rush([accepts(held, now=held.until - SECOND), passes_on(held)])

        assert cleaned.error is None
        assert set(outcomes([answer])) <= {"done", "OfferGone"}
        if answer.error is None:
            accepted += 1
            assert not Hold.objects.filter(state=HoldState.OPEN).exists()
        else:
            assert held_now().patient_id == second.pk
        for entry in WaitingEntry.objects.filter(state=WaitingState.WAITING):
            waiting_list.leave(entry=entry, now=clock.now())
        for booking in Booking.objects.live():
            cancels(booking, by_doctor=True)()
    assert accepted > 0
    assert invariants.broken() == {}


def test_two_times_freed_at_once_and_one_who_waits_get_one_offer(crowd: Crowd, patients: list[PatientProfile]) -> None:
    doctor = make_doctor()
    times = diary(doctor, 2 * ROUNDS)
    one, other, waiting = patients[:3]
    waits(waiting, doctor)
    for n in range(ROUNDS):
        both = times[2 * n : 2 * n + 2]
        bookings = [books(patient, slot)() for patient, slot in zip([one, other], both, strict=True)]

        assert outcomes(crowd.rush([cancels(booking) for booking in bookings])) == Counter(done=2)

        held = held_now()
        assert held.patient_id == waiting.pk
        assert Slot.objects.filter(pk__in=[slot.pk for slot in both]).on_offer(clock.now()).count() == 1
        waiting_list.decline(held=held, now=clock.now())
    assert Hold.objects.count() == ROUNDS
    assert invariants.broken() == {}


def test_two_cleanups_at_once_pass_a_time_on_once(crowd: Crowd, patients: list[PatientProfile]) -> None:
    doctor = make_doctor()
    holder, *waiting = patients[:12]
    assert len(waiting) == 11
    for patient in waiting:
        waits(patient, doctor)
    cancels(books(holder, diary(doctor, 1)[0])())()
    for patient in waiting[1:]:
        answers = crowd.rush([passes_on(held_now())] * 4)

        assert sum(answer.value for answer in answers) == 1
        assert held_now().patient_id == patient.pk
    assert Hold.objects.filter(state=HoldState.LAPSED).count() == 10
    assert OutgoingMessage.objects.filter(action="WAITLIST_OFFER").count() == 11
    # Its clock runs ahead of the database's here, so only what does not look at the clock is asked.
    assert invariants.broken() == {}


def test_accepting_and_declining_at_once_is_one_of_the_two(crowd: Crowd, patients: list[PatientProfile]) -> None:
    doctor = make_doctor()
    holder, first = patients[:2]
    for slot in diary(doctor, ROUNDS):
        waits(first, doctor)
        cancels(books(holder, slot)())()
        held = held_now()

        answers = crowd.rush([accepts(held), declines(held), accepts(held)])

        taken = [answer.error is None for answer in answers]
        assert taken in ([True, False, True], [False, True, False]), outcomes(answers)
        assert Booking.objects.live().count() == (1 if taken[0] else 0)
        for entry in WaitingEntry.objects.filter(state=WaitingState.WAITING):
            waiting_list.leave(entry=entry, now=clock.now())
        for booking in Booking.objects.live():
            cancels(booking, by_doctor=True)()
    assert invariants.broken() == {}


# Controls: the same races with a guard taken away are seen to go wrong.


def two_freed_at_once(crowd: Crowd, patients: list[PatientProfile]) -> Counter[str]:
    doctor = make_doctor()
    waits(patients[2], doctor)
    bookings = [books(patient, slot)() for patient, slot in zip(patients, diary(doctor, 2), strict=False)]
    return outcomes(crowd.rush([cancels(booking) for booking in bookings]))


def test_without_lock_and_constraint_one_who_waits_is_offered_two(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock(monkeypatch, WaitingEntry)
    meet_after(monkeypatch, waitlist_offers, "assign_slots", parties=2)
    with without_constraint(Hold, "hold_entry_once"):
        assert two_freed_at_once(crowd, patients) == Counter(done=2)
        assert list(invariants.broken()) == ["a wish has two offers at once"]


def test_without_the_lock_the_constraint_stands_behind(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    unlock(monkeypatch, WaitingEntry)
    meet_after(monkeypatch, waitlist_offers, "assign_slots", parties=2)

    assert two_freed_at_once(crowd, patients) == Counter(done=1, Busy=1)
    assert invariants.broken() == {}


def test_without_asking_for_whom_it_is_held_somebody_else_gets_it(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor = make_doctor()
    slot = diary(doctor, 1)[0]
    waits(patients[1], doctor)
    cancels(books(patients[0], slot)())()
    monkeypatch.setattr(holds, "is_held_for", lambda *_: True)

    answers = crowd.rush([books(other, slot) for other in patients[2:22]])

    assert outcomes(answers) == Counter(done=1, SlotTaken=19)
