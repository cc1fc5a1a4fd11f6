"""Weekly hours become times in the diary, and nobody's appointment is touched (B5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import StaffFactory
from core.errors import Busy
from doctors import services, tasks
from doctors.choices import SlotSource, SlotState
from doctors.models import Closure, DoctorProfile, Slot, TimeOff, WeeklyHours
from doctors.schedule import services as schedule
from doctors.schedule.rules import InvalidHours
from doctors.schedule.selectors import weekly_hours_of
from doctors.schedule.services import Outcome
from doctors.schedule.weekly_rules import WeeklyRange
from doctors.tests.factories import make_doctor, make_slot

NOW = datetime(2026, 8, 5, 8, 0, tzinfo=UTC)  # Wednesday, 9:00am in London
LONDON = ZoneInfo("Europe/London")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _two_weeks(settings: Any) -> None:
    settings.SLOT_HORIZON_DAYS = 14


def hours(weekday: int = 3, starts: str = "09:00", ends: str = "10:00", **facts: Any) -> WeeklyRange:
    """Thursday 9 to 10 in times of 20 minutes, unless said."""
    given: dict[str, Any] = {
        "length": timedelta(minutes=20),
        "buffer": timedelta(0),
        "valid_from": date(2026, 8, 3),
    } | facts
    return WeeklyRange(weekday=weekday, starts=time.fromisoformat(starts), ends=time.fromisoformat(ends), **given)


def set_hours(doctor: DoctorProfile, *ranges: WeeklyRange, now: datetime = NOW) -> Outcome:
    return schedule.set_weekly_hours(doctor=doctor, ranges=ranges, now=now)


def off(doctor: DoctorProfile, start: datetime, end: datetime) -> TimeOff:
    return TimeOff.objects.create(doctor=doctor, starts_at=start, ends_at=end, created_by=doctor.user, created_at=NOW)


def times_of(doctor: DoctorProfile) -> list[str]:
    rows = Slot.objects.filter(doctor=doctor).order_by("starts_at")
    return [f"{row.starts_at.astimezone(LONDON):%a %d %H:%M}" for row in rows]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of August 2026 in London."""
    return datetime(2026, 8, day, hour, minute, tzinfo=LONDON)


THURSDAYS = [f"Thu {day} 09:{minute}" for day in ("06", "13") for minute in ("00", "20", "40")]


def test_weekly_hours_are_turned_into_times_at_once(doctor: DoctorProfile) -> None:
    outcome = set_hours(doctor, hours())

    assert times_of(doctor) == THURSDAYS
    assert outcome == Outcome(created=6)
    assert set(Slot.objects.values_list("source", "state")) == {(SlotSource.WEEKLY, SlotState.FREE)}


def test_running_again_changes_nothing(doctor: DoctorProfile) -> None:
    set_hours(doctor, hours())
    before = set(Slot.objects.values_list("pk", flat=True))

    assert schedule.generate(doctor=doctor, now=NOW) == Outcome()
    assert set(Slot.objects.values_list("pk", flat=True)) == before


def test_the_next_day_adds_the_next_day_at_the_far_end(doctor: DoctorProfile) -> None:
    set_hours(doctor, hours())

    outcome = schedule.generate(doctor=doctor, now=NOW + timedelta(days=2))

    assert outcome == Outcome(created=3)
    assert times_of(doctor)[-1] == "Thu 20 09:40"


def test_other_hours_take_out_what_no_longer_fits_and_keep_what_still_does(doctor: DoctorProfile) -> None:
    set_hours(doctor, hours())
    kept = Slot.objects.get(starts_at=at(6, 9))

    outcome = set_hours(doctor, hours(ends="09:20"), hours(4, ends="09:20"))

    assert times_of(doctor) == ["Thu 06 09:00", "Fri 07 09:00", "Thu 13 09:00", "Fri 14 09:00"]
    assert outcome == Outcome(created=2, removed=4)
    assert Slot.objects.get(starts_at=at(6, 9)).pk == kept.pk
    assert WeeklyHours.objects.filter(doctor=doctor).count() == 2


def test_a_booked_time_stays_and_nothing_is_laid_over_it(doctor: DoctorProfile) -> None:
    set_hours(doctor, hours())
    Slot.objects.filter(starts_at=at(6, 9, 20)).update(state=SlotState.BOOKED)

    outcome = set_hours(doctor, hours(starts="09:10"))

    assert times_of(doctor) == ["Thu 06 09:20", "Thu 13 09:10", "Thu 13 09:30"]
    assert outcome == Outcome(created=2, removed=5, kept_booked=1, in_the_way=2)


def test_a_held_time_stays_until_it_is_held_no_longer(doctor: DoctorProfile) -> None:
    set_hours(doctor, hours(ends="09:20"))
    Slot.objects.filter(starts_at=at(6, 9)).update(held_until=NOW + timedelta(hours=1))

    assert set_hours(doctor) == Outcome(removed=1, kept_held=1)
    assert times_of(doctor) == ["Thu 06 09:00"]
    assert schedule.generate(doctor=doctor, now=NOW + timedelta(hours=2)) == Outcome(removed=1)


def test_times_entered_by_hand_stay_and_are_not_overlapped(doctor: DoctorProfile) -> None:
    make_slot(doctor, starts_at=at(6, 9, 15), minutes=10)

    outcome = set_hours(doctor, hours())

    assert times_of(doctor)[:2] == ["Thu 06 09:15", "Thu 06 09:40"]
    assert (outcome.created, outcome.in_the_way) == (4, 2)
    assert set_hours(doctor).removed == 4
    assert times_of(doctor) == ["Thu 06 09:15"]


def test_what_has_begun_is_left_alone(doctor: DoctorProfile) -> None:
    set_hours(doctor, hours(2, "08:00", "11:00"), now=at(5, 7))

    outcome = set_hours(doctor, now=at(5, 9, 10))

    assert times_of(doctor)[-1] == "Wed 05 09:00"
    assert outcome.kept_booked == 0


@pytest.mark.parametrize("closed", [False, True])
def test_time_off_and_closures_hold_times_entered_by_hand_too(doctor: DoctorProfile, *, closed: bool) -> None:
    make_slot(doctor, starts_at=at(6, 12))
    if closed:
        Closure.objects.create(
            name="Fair", starts_at=at(6, 0), ends_at=at(7, 0), created_by=StaffFactory(), created_at=NOW
        )
    else:
        off(doctor, at(6, 0), at(7, 0))

    outcome = set_hours(doctor, hours())

    assert times_of(doctor) == THURSDAYS[3:]
    assert outcome == Outcome(created=3, removed=1)


def test_time_off_of_another_doctor_changes_nothing(doctor: DoctorProfile) -> None:
    off(make_doctor(), at(6, 0), at(7, 0))

    set_hours(doctor, hours())

    assert times_of(doctor) == THURSDAYS


def test_hours_are_those_of_the_doctors_wall(doctor: DoctorProfile) -> None:
    schedule.set_weekly_hours(doctor=doctor, ranges=[hours(ends="09:20")], time_zone="Asia/Kathmandu", now=NOW)

    assert times_of(doctor) == ["Thu 06 04:15", "Thu 13 04:15"]
    assert DoctorProfile.objects.get(pk=doctor.pk).time_zone == "Asia/Kathmandu"


def test_a_preview_says_what_saving_does_and_writes_nothing(doctor: DoctorProfile) -> None:
    set_hours(doctor, hours())
    ranges = [hours(starts="09:10", ends="09:50")]

    shown = schedule.preview(doctor=doctor, ranges=ranges, time_zone=doctor.time_zone, now=NOW)

    assert times_of(doctor) == THURSDAYS
    assert shown.times[0] == (at(6, 9, 10), at(6, 9, 30))
    assert shown.outcome == set_hours(doctor, *ranges) == Outcome(created=4, removed=6)


def test_impossible_hours_change_nothing(doctor: DoctorProfile) -> None:
    set_hours(doctor, hours())

    with pytest.raises(InvalidHours):
        set_hours(doctor, hours(), hours(starts="09:40", ends="11:00"))

    assert WeeklyHours.objects.count() == 1
    assert times_of(doctor) == THURSDAYS


def test_the_night_fills_every_diary_that_has_weekly_hours(doctor: DoctorProfile) -> None:
    other, idle, closed = make_doctor(), make_doctor(), make_doctor()
    for clinician in (doctor, other, closed):
        set_hours(clinician, hours())
    closed.user.is_active = False
    closed.user.save(update_fields=["is_active"])

    outcome = schedule.generate_all(now=NOW + timedelta(days=7))

    assert outcome == Outcome(created=6)
    assert times_of(other)[-1] == "Thu 13 09:40" or times_of(other)[-1] == "Thu 20 09:40"
    assert times_of(idle) == []


def test_the_task_runs_by_the_clock(doctor: DoctorProfile, monkeypatch: pytest.MonkeyPatch) -> None:
    set_hours(doctor, hours())
    monkeypatch.setattr("core.clock.now", lambda: NOW + timedelta(days=7))

    assert tasks.fill_diaries() == 3


def test_a_diary_in_use_does_not_stop_the_others(doctor: DoctorProfile, monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_doctor()
    for clinician in (doctor, other):
        set_hours(clinician, hours())
    generate = schedule.generate

    def busy_once(*, doctor: DoctorProfile, now: datetime, first: int = doctor.pk) -> Outcome:
        if doctor.pk == first:
            raise Busy
        return generate(doctor=doctor, now=now)

    monkeypatch.setattr(schedule, "generate", busy_once)

    assert schedule.generate_all(now=NOW + timedelta(days=7)) == Outcome(created=3)


def test_a_whole_quarter_costs_a_handful_of_statements(doctor: DoctorProfile, settings: Any) -> None:
    settings.SLOT_HORIZON_DAYS = 90
    week = [hours(day, starts, ends) for day in range(7) for starts, ends in (("09:00", "12:00"), ("14:00", "17:00"))]
    with CaptureQueriesContext(connection) as captured:
        set_hours(doctor, *week)

    assert Slot.objects.count() == 90 * 18 - 1  # today's 9:00am has begun
    assert len(captured) <= 12


@pytest.mark.parametrize(
    ("source", "when", "expected"),
    [
        (SlotSource.WEEKLY, at(13, 9), True),
        (SlotSource.WEEKLY, at(13, 9, 5), False),
        (SlotSource.MANUAL, at(13, 9, 5), True),
        (SlotSource.MANUAL, at(14, 9), False),
        (SlotSource.WEEKLY, at(20, 8, 50), False),
    ],
)
def test_a_time_given_back_is_offered_only_where_it_has_its_place(
    doctor: DoctorProfile, source: str, when: datetime, *, expected: bool
) -> None:
    set_hours(doctor, hours())
    off(doctor, at(14, 0), at(15, 0))
    slot = Slot(doctor=doctor, starts_at=when, ends_at=when + timedelta(minutes=20), source=source)

    assert schedule.still_offered(slot) is expected


def test_ranges_come_back_as_they_were_set(doctor: DoctorProfile) -> None:
    ranges: Sequence[WeeklyRange] = [
        hours(buffer=timedelta(minutes=5), every_weeks=3, valid_until=date(2026, 12, 31)),
        hours(6, "00:00", "23:59", length=timedelta(hours=8)),
    ]
    set_hours(doctor, *ranges)

    assert weekly_hours_of(doctor) == ranges


def test_a_weekly_time_taken_out_by_hand_does_not_come_back(doctor: DoctorProfile) -> None:
    set_hours(doctor, hours())
    services.delete_slot(doctor=doctor, slot_id=Slot.objects.get(starts_at=at(6, 9)).pk, by=doctor.user, now=NOW)

    assert schedule.generate(doctor=doctor, now=NOW) == Outcome()
    assert times_of(doctor) == THURSDAYS[1:]


@pytest.mark.parametrize("minute", [5, 20])
def test_a_weekly_time_moved_by_hand_stays_where_it_is_put(doctor: DoctorProfile, minute: int) -> None:
    set_hours(doctor, hours(ends="09:20"))
    first, now_at = Slot.objects.get(starts_at=at(6, 9)), at(6, 9, minute)
    services.edit_slot(
        doctor=doctor,
        slot_id=first.pk,
        starts_at=now_at,
        ends_at=now_at + timedelta(minutes=20),
        by=doctor.user,
        now=NOW,
    )

    outcome = schedule.generate(doctor=doctor, now=NOW)

    assert (outcome.created, outcome.removed) == (0, 0)
    assert times_of(doctor) == [f"Thu 06 09:{minute:02}", "Thu 13 09:00"]


def test_no_time_is_entered_into_time_off(doctor: DoctorProfile) -> None:
    off(doctor, at(6, 9), at(6, 10))
    own = make_slot(doctor, starts_at=at(6, 12))

    with pytest.raises(services.InTimeOff):
        services.create_slots(doctor=doctor, times=[(at(6, 8), at(6, 9)), (at(6, 9, 30), at(6, 10, 30))], now=NOW)
    with pytest.raises(services.InTimeOff):
        services.edit_slot(
            doctor=doctor, slot_id=own.pk, starts_at=at(6, 8, 30), ends_at=at(6, 9, 30), by=doctor.user, now=NOW
        )

    assert len(services.create_slots(doctor=doctor, times=[(at(6, 8), at(6, 9))], now=NOW)) == 1
