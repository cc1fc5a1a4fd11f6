"""What may be booked and cancelled when: pure decisions at their edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings import rules
from bookings.rules import Offer

START = datetime(2026, 8, 6, 13, 30, tzinfo=UTC)
FREE = Offer(
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
def test_each_obstacle_has_its_own_error(offer: Offer, busy: bool, now: datetime, error: type[Exception]) -> None:
    with pytest.raises(error):
        rules.check_can_book(offer, patient_is_busy=busy, now=now)


def test_notice_and_window_end_on_the_instant_and_bind_only_patients() -> None:
    notice, window = replace(FREE, min_notice=HOUR), replace(FREE, booking_window=HOUR)
    rules.check_can_book(notice, patient_is_busy=False, now=START - HOUR - INSTANT)
    rules.check_can_book(window, patient_is_busy=False, now=START - HOUR)
    rules.check_can_book(notice, patient_is_busy=False, by_hospital=True, now=START - INSTANT)
    rules.check_can_book(window, patient_is_busy=False, by_hospital=True, now=START - 2 * HOUR)


def test_a_patient_can_cancel_at_the_last_instant_but_not_after() -> None:
    cutoff = timedelta(hours=2)
    last = rules.cancel_until(starts_at=START, cutoff=cutoff)
    assert last == START - cutoff
    rules.check_can_cancel(starts_at=START, cutoff=cutoff, by_patient=True, now=last)
    with pytest.raises(rules.TooLateToCancel):
        rules.check_can_cancel(starts_at=START, cutoff=cutoff, by_patient=True, now=last + INSTANT)


@given(
    before=st.timedeltas(min_value=timedelta(days=-30), max_value=timedelta(days=30)),
    cutoff=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30)),
)
def test_the_cutoff_binds_patients_and_only_patients(before: timedelta, cutoff: timedelta) -> None:
    now = START - before
    rules.check_can_cancel(starts_at=START, cutoff=cutoff, by_patient=False, now=now)
    if before >= cutoff:
        rules.check_can_cancel(starts_at=START, cutoff=cutoff, by_patient=True, now=now)
    else:
        with pytest.raises(rules.TooLateToCancel):
            rules.check_can_cancel(starts_at=START, cutoff=cutoff, by_patient=True, now=now)


def test_checking_in_waits_for_the_day() -> None:
    day = date(2026, 8, 6)
    rules.check_can_check_in(appointment_day=day, today=day)
    rules.check_can_check_in(appointment_day=day, today=day + timedelta(days=1))
    with pytest.raises(rules.TooEarly, match="on the day"):
        rules.check_can_check_in(appointment_day=day, today=day - timedelta(days=1))


def test_nobody_is_late_before_the_beginning() -> None:
    rules.check_can_mark_no_show(starts_at=START, now=START)
    with pytest.raises(rules.TooEarly, match="not begun"):
        rules.check_can_mark_no_show(starts_at=START, now=START - INSTANT)
