"""What may be booked and cancelled when: pure decisions at their edges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings import rules
from bookings.rules import SlotFacts

START = datetime(2026, 8, 6, 13, 30, tzinfo=UTC)
FREE = SlotFacts(
    starts_at=START,
    is_free=True,
    is_held_for_another=False,
    doctor_is_listed=True,
    doctor_is_accepting=True,
    min_notice=timedelta(0),
    booking_window=timedelta(days=365),
)
INSTANT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


def test_a_free_time_ahead_can_be_booked() -> None:
    assert rules.check_can_book(FREE, patient_is_busy=False, now=START - INSTANT) is None


@pytest.mark.parametrize(
    ("offer", "busy", "now", "error"),
    [
        (FREE, False, START, rules.SlotPassed),
        (replace(FREE, is_free=False), False, START - INSTANT, rules.SlotTaken),
        (replace(FREE, doctor_is_listed=False), False, START - INSTANT, rules.DoctorNotAccepting),
        (replace(FREE, doctor_is_accepting=False), False, START - INSTANT, rules.DoctorNotAccepting),
        (replace(FREE, is_held_for_another=True), False, START - INSTANT, rules.SlotTaken),
        (replace(FREE, min_notice=HOUR), False, START - HOUR, rules.NoticeTooShort),
        (replace(FREE, booking_window=HOUR), False, START - HOUR - INSTANT, rules.OutsideWindow),
        (FREE, True, START - INSTANT, rules.PatientBusy),
        (replace(FREE, is_free=False), True, START, rules.SlotPassed),
    ],
)
def test_each_obstacle_has_its_own_error(offer: SlotFacts, busy: bool, now: datetime, error: type[Exception]) -> None:
    with pytest.raises(error):
        rules.check_can_book(offer, patient_is_busy=busy, now=now)


def test_notice_and_window_end_on_the_instant_and_bind_only_patients() -> None:
    notice, window = replace(FREE, min_notice=HOUR), replace(FREE, booking_window=HOUR)
    rules.check_can_book(notice, patient_is_busy=False, now=START - HOUR - INSTANT)
    rules.check_can_book(window, patient_is_busy=False, now=START - HOUR)
    rules.check_can_book(notice, patient_is_busy=False, by_hospital=True, now=START - INSTANT)
    rules.check_can_book(window, patient_is_busy=False, by_hospital=True, now=START - 2 * HOUR)


def release(**facts: Any) -> rules.Release:
    """A confirmed appointment, booked long ago."""
    usual = {"starts_at": START, "booked_at": START - timedelta(days=60), "cutoff": timedelta(hours=2)}
    return rules.Release(**{**usual, "is_request": False, **facts})


CHECKS = [(rules.check_can_cancel, rules.TooLateToCancel), (rules.check_can_move, rules.TooLateToMove)]


@pytest.mark.parametrize(("check", "refusal"), CHECKS)
@pytest.mark.parametrize(
    ("given", "last"),
    [
        (release(), START - timedelta(hours=2)),
        (release(is_request=True), START - INSTANT),
        (release(is_request=True, cutoff=timedelta(days=9)), START - INSTANT),
        (release(booked_at=START - timedelta(minutes=30)), START - timedelta(minutes=20)),
        (release(booked_at=START - timedelta(minutes=4)), START - INSTANT),
        (release(booked_at=START - timedelta(hours=2, minutes=5)), START - timedelta(hours=1, minutes=55)),
        (release(cutoff=timedelta(0)), START - INSTANT),
    ],
    ids=[
        "cut-off",
        "request",
        "request, long cut-off",
        "fresh",
        "fresh, never once begun",
        "just before",
        "no cut-off",
    ],
)
def test_a_patient_can_give_it_back_at_the_last_instant_but_not_after(
    check: Callable[..., None], refusal: type[Exception], given: rules.Release, last: datetime
) -> None:
    check(given, by_patient=True, now=last)
    with pytest.raises(refusal):
        check(given, by_patient=True, now=last + INSTANT)
    check(given, by_patient=False, now=last + INSTANT)


@given(
    before=st.timedeltas(min_value=timedelta(days=-30), max_value=timedelta(days=30)),
    cutoff=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30)),
)
def test_the_cutoff_binds_patients_and_only_patients(before: timedelta, cutoff: timedelta) -> None:
    now = START - before
    facts = release(cutoff=cutoff)
    rules.check_can_cancel(facts, by_patient=False, now=now)
    is_fresh = now <= facts.booked_at + rules.TAKE_BACK_WITHIN
    if before > timedelta(0) and (before >= cutoff or is_fresh):
        rules.check_can_cancel(facts, by_patient=True, now=now)
    else:
        with pytest.raises(rules.TooLateToCancel):
            rules.check_can_cancel(facts, by_patient=True, now=now)


def test_checking_in_waits_for_the_day() -> None:
    day = date(2026, 8, 6)
    far, soon = rules.ARRIVE_AHEAD + timedelta(minutes=1), rules.ARRIVE_AHEAD
    rules.check_can_check_in(appointment_day=day, today=day, ahead=far)
    rules.check_can_check_in(appointment_day=day, today=day + timedelta(days=1), ahead=-far)
    with pytest.raises(rules.TooEarly, match="on the day"):
        rules.check_can_check_in(appointment_day=day, today=day - timedelta(days=1), ahead=far)
    # Half past midnight is of the next day; its patient comes before midnight.
    rules.check_can_check_in(appointment_day=day, today=day - timedelta(days=1), ahead=soon)


def test_nobody_is_late_before_the_beginning() -> None:
    rules.check_can_mark_no_show(starts_at=START, now=START)
    with pytest.raises(rules.TooEarly, match="hasn’t started"):
        rules.check_can_mark_no_show(starts_at=START, now=START - INSTANT)
