"""The hour that comes twice (clocks going back from 2:00 to 1:00): what stands there is changed as it was meant."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from core import clock
from doctors import rules
from doctors.diary.forms import SlotForm, as_typed
from doctors.models import Slot
from doctors.rules import InvalidTimes
from doctors.tests.factories import make_doctor, make_slot

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
DAY, LONDON = date(2026, 10, 25), ZoneInfo("Europe/London")
QUARTER = timedelta(minutes=15)
FIRST = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)  # 11:00pm BST; the clocks go back at 1:00 UTC
# Every quarter of an hour of that night, for a quarter up to three hours.
TIMES = [(FIRST + n * QUARTER, FIRST + (n + long) * QUARTER) for n, long in product(range(20), range(1, 13))]


def sent(slot: Slot, **changes: time) -> SlotForm:
    typed = as_typed(slot) | changes
    data = {"date": typed["date"].isoformat()}
    data |= {name: f"{typed[name]:%H:%M}" for name in ("start", "end")}
    form = SlotForm(data, now=NOW, slot=slot)
    assert form.is_valid(), (slot.starts_at, slot.ends_at, form.errors)
    return form


def test_a_time_sent_as_it_stands_stays_the_instants_it_is() -> None:
    moved = [times for times in TIMES if sent(Slot(starts_at=times[0], ends_at=times[1])).times != [times]]
    assert len(TIMES) == 240
    assert moved == []


def test_another_end_leaves_the_start_where_it_is() -> None:
    for starts_at, ends_at in TIMES:
        slot = Slot(starts_at=starts_at, ends_at=ends_at)
        later = (ends_at + QUARTER).astimezone(LONDON).time()
        [(begins, ends)] = sent(slot, end=later).times
        assert begins == starts_at
        # Of an end that comes twice the first after the start.
        assert ends.astimezone(LONDON).time() == later
        assert timedelta() < ends - begins <= ends_at + QUARTER - starts_at


@pytest.mark.parametrize(
    ("hours", "begins", "ends"),
    [
        ((time(1), time(1, 30)), (0, 0), (0, 30)),
        ((time(1, 30), time(1)), (0, 30), (1, 0)),
        ((time(1, 30), time(1, 30)), (0, 30), (1, 30)),
        ((time(1, 45), time(2)), (0, 45), (2, 0)),
        ((time(0, 30), time(1, 30)), (-1, 30), (0, 30)),
        ((time(2), time(1)), (2, 0), (25, 0)),
    ],
)
def test_new_hours_are_read_from_the_first_showing_on(
    hours: tuple[time, time], begins: tuple[int, int], ends: tuple[int, int]
) -> None:
    midnight = datetime(2026, 10, 25, tzinfo=UTC)
    wanted = tuple(midnight + timedelta(hours=hour, minutes=minute) for hour, minute in (begins, ends))
    assert rules.span(DAY, *hours, LONDON) == wanted


def test_on_any_other_day_equal_hours_mean_nothing() -> None:
    with pytest.raises(InvalidTimes, match="must differ"):
        rules.span(date(2026, 10, 26), time(1, 30), time(1, 30), LONDON)


@pytest.mark.django_db
def test_a_doctor_changes_the_second_showing_and_not_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    doctor = make_doctor()
    slot = make_slot(doctor, starts_at=datetime(2026, 10, 25, 1, 30, tzinfo=UTC), minutes=30)  # 1:30am GMT
    browser = Client()
    browser.force_login(doctor.user)
    answer = browser.post(
        reverse("doctors:slot_edit", args=[slot.pk]), {"date": "2026-10-25", "start": "01:30", "end": "02:15"}
    )
    assert answer.status_code == 302
    changed = Slot.objects.get()
    assert (changed.starts_at, changed.ends_at) == (slot.starts_at, slot.ends_at + QUARTER)
