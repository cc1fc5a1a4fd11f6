"""A doctor goes on leave, shortens the week or takes a time out while patients book the same times (B5, B6, C2).

No orphan, nothing unexpected, and everybody is told the truth.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db.models import F

from accounts.tests.factories import StaffFactory
from bookings import rules
from bookings.choices import Conflict, Status
from bookings.models import Booking
from bookings.rules import AppointmentsChanged
from bookings.time_off import services as time_off
from bookings.time_off.rules import TimeOffDecision
from core import clock
from core.errors import DomainError
from core.intervals import overlapping
from doctors.choices import SlotSource, SlotState
from doctors.models import Closure, Slot, TimeOff
from doctors.schedule import services as schedule
from doctors.schedule.weekly_rules import WeeklyRange
from doctors.tests.factories import make_doctor, make_slot
from patients.models import PatientProfile
from tests.concurrency.support import invariants
from tests.concurrency.support.crowd import Crowd, outcomes, values
from tests.concurrency.support.doses import ROUNDS
from tests.concurrency.support.guards import meet_after, unlock
from tests.concurrency.support.steps import books, cancels, diary


def goes_on_leave(slot: Slot, **decisions: TimeOffDecision) -> partial[time_off.TimeOffResult]:
    """Time off that covers `slot` and nothing else."""
    return partial(
        time_off.take_time_off,
        doctor=slot.doctor,
        off=(slot.starts_at, slot.ends_at),
        decisions=decisions,
        reason="Away",
        by=slot.doctor.user,
        now=clock.now(),
    )


def free_while_off() -> list[UUID]:
    """Free times inside time off or a closure: there must be none, for patients would find them."""
    found = []
    for slot in Slot.objects.filter(state=SlotState.FREE):
        shared = {"starts_at__lt": slot.ends_at, "ends_at__gt": slot.starts_at}
        if (
            TimeOff.objects.filter(doctor=slot.doctor_id, **shared).exists()
            or Closure.objects.filter(**shared).exists()
        ):
            found.append(slot.pk)
    return found


def unflagged_while_off() -> list[str]:
    """Live appointments inside time off that nobody decided about."""
    inside = Booking.objects.live().filter(
        overlapping(F("starts_at"), F("ends_at"), of="doctor__time_off"), conflict=""
    )
    return [key.reference for key in inside]


def test_a_doctor_goes_on_leave_while_patients_book_the_time(crowd: Crowd, patients: list[PatientProfile]) -> None:
    """Either the leave is saved and nobody is booked, or somebody is and the doctor looks again."""
    outcome = Counter[str]()
    for slot in diary(make_doctor(), ROUNDS):
        away, *rest = crowd.rush([goes_on_leave(slot), *(books(patient, slot) for patient in patients[:3])])

        if away.error is None:
            outcome["away"] += 1
            assert outcomes(rest) == Counter(SlotTaken=3)
            assert not Slot.objects.filter(pk=slot.pk).exists()
        else:
            outcome["booked"] += 1
            assert isinstance(away.error, AppointmentsChanged), away.error
            assert outcomes(rest) == Counter(done=1, SlotTaken=2)
    assert TimeOff.objects.count() == outcome["away"]
    assert (free_while_off(), unflagged_while_off(), invariants.broken()) == ([], [], {})


def test_a_booked_time_is_taken_off_while_its_patient_cancels_and_others_want_it(
    crowd: Crowd, patients: list[PatientProfile]
) -> None:
    holder, *others = patients[:5]
    for number, slot in enumerate(diary(make_doctor(), ROUNDS)):
        booking = books(holder, slot)()
        choice = TimeOffDecision.KEEP if number % 2 else TimeOffDecision.CANCEL
        acts = [cancels(booking), *(books(other, slot) for other in others)]

        away, cancelled, *rest = crowd.rush([goes_on_leave(slot, **{booking.reference: choice}), *acts])

        assert away.error is None or isinstance(away.error, AppointmentsChanged), away.error
        assert cancelled.error is None or type(cancelled.error).__name__ == "TransitionRefused"
        assert set(outcomes(rest)) <= {"done", "SlotTaken"}, outcomes(rest)
        booking.refresh_from_db()
        assert booking.status == Status.CANCELLED or (away.error is None and booking.conflict == Conflict.TIME_OFF)
        for one in values(rest):
            cancels(one)()
    assert (free_while_off(), unflagged_while_off(), invariants.broken()) == ([], [], {})


def test_other_times_are_offered_while_strangers_book_them(crowd: Crowd, patients: list[PatientProfile]) -> None:
    """What is offered is held: the doctor is told when it went first, a stranger when it is held."""
    holder, *others = patients[:5]
    for _ in range(20):
        slot, *free = diary(make_doctor(), 5)
        booking = books(holder, slot)()
        acts = [books(other, slot) for other, slot in zip(others, free, strict=False)]

        away, *rest = crowd.rush([goes_on_leave(slot, **{booking.reference: TimeOffDecision.OFFER}), *acts])

        assert away.error is None or isinstance(away.error, DomainError), away.error
        assert set(outcomes(rest)) <= {"done", "SlotTaken"}, outcomes(rest)
        taken = {one.slot_id for one in values(rest)}
        offered = {held.slot_id for held in booking.offers.all()}
        assert not offered & taken
        assert len(offered) == (min(3, 4 - len(taken & {item.pk for item in free})) if away.error is None else 0)
        for one in [booking, *values(rest)]:
            cancels(one)()
    assert (free_while_off(), unflagged_while_off(), invariants.broken()) == ([], [], {})


def week_of(day: date, until: int) -> list[WeeklyRange]:
    """Hourly times of one weekday, from 8:00 on until the hour `until`."""
    hour = timedelta(hours=1)
    return [
        WeeklyRange(
            weekday=day.weekday(),
            starts=time(8),
            ends=time(until),
            length=hour,
            buffer=timedelta(0),
            valid_from=day,
        )
    ]


def test_a_doctor_shortens_the_week_while_patients_book_it(
    crowd: Crowd, patients: list[PatientProfile], settings: Any
) -> None:
    """Who is booked stays booked, also outside the new hours; whoever is not is told that the time has gone."""
    settings.SLOT_HORIZON_DAYS = 7
    now = clock.now()
    day = (now + timedelta(days=3)).date()
    for _ in range(ROUNDS):
        doctor = make_doctor()
        set_hours = partial(schedule.set_weekly_hours, doctor=doctor, time_zone="Europe/London", now=now)
        set_hours(ranges=week_of(day, 12))
        slots = list(Slot.objects.filter(doctor=doctor).order_by("starts_at"))
        assert len(slots) > 2
        acts = [books(patient, slot) for patient, slot in zip(patients, [*slots, *slots], strict=False)]

        shorter, *rest = crowd.rush([partial(set_hours, ranges=week_of(day, 10)), *acts])

        assert shorter.error is None, shorter.error
        assert set(outcomes(rest)) <= {"done", "SlotTaken"}, outcomes(rest)
        booked = {booking.slot_id for booking in values(rest)}
        left = {slot.pk: slot for slot in Slot.objects.filter(doctor=doctor)}
        assert booked <= set(left)
        assert {slots[0].pk, slots[1].pk} <= set(left)
        assert shorter.value.removed == len(slots) - len(left)
        # Nobody need have been faster than the doctor.
        assert {left[slot.pk].state for slot in slots[2:] if slot.pk in left} <= {SlotState.BOOKED}
        for booking in values(rest):
            cancels(booking)()
        # Given back, a time outside the new hours is not free again.
        assert Slot.objects.filter(doctor=doctor, source=SlotSource.WEEKLY).count() == 2
    assert invariants.broken() == {}


def test_the_night_runs_for_a_doctor_twice_at_once_and_fills_the_diary_once(crowd: Crowd) -> None:
    doctor = make_doctor()
    day = (clock.now() + timedelta(days=3)).date()
    schedule.set_weekly_hours(doctor=doctor, ranges=week_of(day, 18), now=clock.now())
    there = Slot.objects.count()
    for _ in range(10):
        Slot.objects.all().delete()

        answers = crowd.rush([partial(schedule.generate, doctor=doctor, now=clock.now())] * 8)

        assert sorted(answer.value.created for answer in answers) == [0] * 7 + [there]
    assert invariants.broken() == {}


def test_the_hospital_closes_while_patients_book(crowd: Crowd, patients: list[PatientProfile]) -> None:
    """Whoever got in before is flagged for staff; nobody gets in after."""
    staff = StaffFactory()
    for slot in diary(make_doctor(), 30):
        closing = partial(
            time_off.close_hospital, name="Fair", times=(slot.starts_at, slot.ends_at), by=staff, now=clock.now()
        )

        closed, *rest = crowd.rush([closing, *(books(patient, slot) for patient in patients[:3])])

        assert closed.error is None, closed.error
        assert set(outcomes(rest)) <= {"done", "SlotTaken"}, outcomes(rest)
        _, hit = closed.value
        assert [booking.pk for booking in hit] == [one.pk for one in values(rest)]
        assert [visit.conflict for visit in Booking.objects.filter(slot=slot)] == [Conflict.CLOSURE] * len(hit)
    assert (free_while_off(), invariants.broken()) == ([], {})


def test_without_the_locks_leave_and_booking_collide(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: reading without locking, somebody gets an error nobody has words for."""
    slot = make_slot(make_doctor())
    unlock(monkeypatch, Slot)
    meet_after(monkeypatch, rules, "check_can_book", parties=2)
    meet = rules.check_can_book

    def lock_bookings(*args: Any, original: Any = time_off._lock_bookings) -> Any:
        found = original(*args)
        # The booking has decided by now, on what it read before this.
        meet(_offer_of(slot), patient_is_busy=False, now=clock.now())
        return found

    monkeypatch.setattr(time_off, "_lock_bookings", lock_bookings)

    answers = crowd.rush([goes_on_leave(slot), books(patients[0], slot)])

    assert any(answer.error is not None and not isinstance(answer.error, DomainError) for answer in answers), answers


def _offer_of(slot: Slot) -> rules.SlotFacts:
    return rules.SlotFacts(
        starts_at=slot.starts_at,
        is_free=True,
        is_held_for_another=False,
        doctor_is_listed=True,
        doctor_is_accepting=True,
        min_notice=timedelta(0),
        booking_window=timedelta(days=365),
    )
