"""The last four weeks of the sample hospital (J5): written in bulk, and like what the services write."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from audit.models import Entry
from bookings.choices import WaitingState
from bookings.models import Booking, WaitingEntry
from core import clock
from core.clock import hospital_day
from dashboards.figures import appointments
from dashboards.figures.periods import Period
from dashboards.figures.types import Scope
from dashboards.figures.utilisation import utilisation
from sample_data import diary, past_days
from sample_data.load import load
from sample_data.tests.sample import WEDNESDAY, written
from tests.concurrency.support import invariants

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")


def four_weeks(now: datetime) -> Period:
    today = hospital_day(now)
    return Period(diary.working_day(today, -past_days.DAYS), today - timedelta(days=1))


@pytest.mark.parametrize(
    "now",
    [
        WEDNESDAY,
        datetime(2026, 8, 9, 0, 5, tzinfo=LONDON),  # a Sunday
        datetime(2026, 11, 2, 23, 50, tzinfo=LONDON),  # the clocks went back on the way
    ],
)
def test_the_figures_are_those_of_a_small_hospital(now: datetime) -> None:
    load(now=now)
    period = four_weeks(now)

    use = utilisation(period, Scope(), now=now)
    shares = [row.use.booked / row.use.offered for row in use.by_doctor]
    assert len(shares) >= 10
    assert all(0.45 <= share <= 0.85 for share in shares), shares
    by_day = [one.booked / one.offered for one in use.by_day.values()]
    assert len(by_day) == past_days.DAYS
    assert all(0.5 <= share <= 0.8 for share in by_day), by_day
    missed = appointments.no_shows(period, Scope())
    assert len(missed) > 1
    assert all(bucket.visits > 20 for bucket in missed), missed
    assert 0.03 < sum(month.missed for month in missed) / sum(month.visits for month in missed) < 0.12
    cancelled = appointments.cancellations(period, Scope()).by
    assert len(cancelled) > 1
    assert all(count > 3 for count, _ in cancelled.values())
    assert written().filter(moved_from__isnull=False).count() > 5
    assert WaitingEntry.objects.filter(state=WaitingState.WAITING).count() == 3
    assert invariants.broken() == {}


def test_the_audit_trail_says_which_command_wrote_it(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEMO = True
    monkeypatch.setattr(clock, "now", lambda: WEDNESDAY)

    call_command("load_demo", verbosity=0)

    of_bookings = Entry.objects.filter(model="bookings.booking")
    assert of_bookings.filter(pgh_label="insert").count() == Booking.objects.count()
    assert set(Entry.objects.values_list("place", flat=True)) == {"command load_demo"}


def test_of_no_people_and_no_times_nothing_is_made() -> None:
    assert past_days.day_of(0, already=3, share=0.6, dice=past_days.chance_of("x")) == []
    assert len({patient.phone for patient in past_days.outpatients()}) == len(list(past_days.outpatients())) == 600
