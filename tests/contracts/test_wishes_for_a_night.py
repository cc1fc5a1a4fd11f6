"""A wish for a night stands until the last hour of its last night, wherever somebody asks whether it does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
from django.test import override_settings

from bookings.choices import WaitingState
from bookings.models import WaitingEntry
from bookings.rules import LimitReached
from bookings.tests.factories import make_waiting
from bookings.waiting_list.selectors import waiting_counts, waiting_entries
from bookings.waiting_list.services import AlreadyWaiting, end_past_wishes
from dashboards.figures import queues
from dashboards.figures.types import Scope
from doctors.tests.factories import make_doctor

pytestmark = pytest.mark.django_db
MIDNIGHT = datetime(2026, 8, 6, 23, 0, tzinfo=UTC)  # between Thursday 6 and Friday 7 August in London
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def _joins_again(entry: WaitingEntry, now: datetime) -> bool:
    try:
        make_waiting(patient=entry.patient, doctor=entry.doctor, now=now)
    except AlreadyWaiting:
        return False
    return True


def _may_wait_for_another(entry: WaitingEntry, now: datetime) -> bool:
    with override_settings(WAITLISTS_PER_PATIENT=1):
        try:
            make_waiting(patient=entry.patient, doctor=make_doctor(), now=now)
        except LimitReached:
            return False
    return True


def _ends_by_itself(entry: WaitingEntry, now: datetime) -> bool:
    end_past_wishes(now=now)
    entry.refresh_from_db()
    return entry.state == WaitingState.ENDED


# Whether a wish is over, wherever somebody asks.
OVER: dict[str, Callable[[WaitingEntry, datetime], bool]] = {
    "to its patient": lambda entry, now: entry not in waiting_entries(entry.patient.user, now),
    "to its doctor": lambda entry, now: entry not in waiting_entries(entry.doctor.user, now),
    "to the desk": lambda entry, now: not waiting_counts(now).get(entry.doctor_id),
    "in the figures": lambda _entry, now: not queues.waiting(Scope(), now=now),
    "to who joins again": _joins_again,
    "to who joins another": _may_wait_for_another,
    "to the nightly run": _ends_by_itself,
}
WISHES = [
    ((time(20), time(2)), [(-MINUTE, False), (MINUTE, False), (2 * HOUR, False), (2 * HOUR + MINUTE, True)]),
    ((time(22), time(0)), [(-MINUTE, False), (timedelta(0), False), (MINUTE, True)]),
    ((time(8), time(12)), [(-MINUTE, False), (MINUTE, True)]),
    ((time(0), time(23, 59)), [(-MINUTE, False), (MINUTE, True)]),
]


@pytest.mark.parametrize("place", OVER)
@pytest.mark.parametrize(
    ("hours", "since", "is_over"), [(hours, since, over) for hours, looks in WISHES for since, over in looks]
)
def test_a_wish_for_a_night_stands_until_its_last_hour(
    place: str, hours: tuple[time, time], since: timedelta, *, is_over: bool
) -> None:
    """Thursday is its last day; whoever could come that night could come after midnight, and waits until then."""
    entry = make_waiting(doctor=make_doctor(), now=MIDNIGHT - 12 * HOUR, days=(0, 0), hours=hours)

    assert OVER[place](entry, MIDNIGHT + since) is is_over
