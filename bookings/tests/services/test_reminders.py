"""Everyone is reminded once, on the eve (D4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bookings import rules
from bookings.models import Booking
from bookings.services import reminders
from bookings.services.cancel import cancel
from bookings.services.steps import confirm
from bookings.tests.factories import make_booking
from doctors.tests.factories import make_slot
from integrations.models import OutgoingMessage
from integrations.outbox import services as outbox

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
VISIT = datetime(2026, 8, 6, 14, 30, tzinfo=LONDON).astimezone(UTC)
EVE = datetime(2026, 8, 5, 8, 0, tzinfo=LONDON).astimezone(UTC)
MINUTE = timedelta(minutes=1)


def booked(*, starts_at: datetime = VISIT, booked_at: datetime = VISIT - timedelta(days=9)) -> Booking:
    return make_booking(slot=make_slot(starts_at=starts_at), now=booked_at)


def sent() -> list[OutgoingMessage]:
    return list(OutgoingMessage.objects.filter(action="APPOINTMENT_REMINDER"))


def test_the_reminder_goes_at_eight_on_the_eve_and_not_before() -> None:
    booking = booked()
    confirm(booking=booking, by=booking.doctor.user, now=booking.created_at)
    assert reminders.remind(now=EVE - MINUTE) == 0
    assert reminders.remind(now=EVE) == 1
    (message,) = sent()
    assert message.data["booking"]["reference"] == booking.reference
    assert message.data["to"]["email"] == booking.patient.user.email
    assert message.data["cancel_until"] == "2026-08-06T11:30:00+00:00"
    assert message.expires_at == VISIT


def test_nobody_gets_two() -> None:
    booked()
    assert [reminders.remind(now=EVE + MINUTE * n) for n in range(5)] == [1, 0, 0, 0, 0]
    Booking.objects.update(reminder_queued_at=None)  # even if that were forgotten
    reminders.remind(now=EVE + MINUTE)
    assert len(sent()) == 1


def test_a_job_that_missed_its_hour_makes_up_for_it_while_it_helps() -> None:
    booked()
    assert reminders.remind(now=VISIT - rules.REMINDER_HELPS + MINUTE) == 0
    assert reminders.remind(now=VISIT - rules.REMINDER_HELPS) == 1


def test_a_booking_made_after_the_hour_is_reminded_of_when_there_is_time() -> None:
    late = EVE + timedelta(hours=10)
    booked(booked_at=late)
    assert reminders.remind(now=late + MINUTE) == 0
    assert reminders.remind(now=late + rules.REMINDER_REST) == 1


def test_a_booking_for_the_very_next_hour_gets_none() -> None:
    booked(booked_at=VISIT - timedelta(minutes=90))
    assert not any(reminders.remind(now=VISIT - MINUTE * n) for n in range(90, 0, -10))


def test_a_cancelled_appointment_is_not_reminded_of() -> None:
    booking = booked()
    cancel(booking=booking, by=booking.patient.user, now=EVE - MINUTE)
    assert reminders.remind(now=EVE) == 0


def test_a_reminder_that_still_waits_is_withdrawn_by_cancelling() -> None:
    booking = booked()
    reminders.remind(now=EVE)
    cancel(booking=booking, by=booking.patient.user, now=EVE + MINUTE)
    (message,) = sent()
    assert message.status == "DROPPED"
    kept = OutgoingMessage.objects.filter(action="BOOKING_CANCELLED", status="QUEUED")
    assert kept.count() == 2


def test_a_reminder_held_up_until_the_visit_has_begun_is_dropped() -> None:
    booked()
    reminders.remind(now=EVE)
    OutgoingMessage.objects.exclude(action="APPOINTMENT_REMINDER").delete()
    assert outbox.claim(now=VISIT) is None
    assert sent()[0].status == "DROPPED"


@pytest.mark.parametrize(
    ("zone", "hour", "starts_at", "expected"),
    [
        # The eve is the night the clocks go forward, at the hour they skip; then back, at the hour that comes twice.
        ("Europe/Berlin", 2, datetime(2027, 3, 29, 9, tzinfo=UTC), datetime(2027, 3, 28, 1, tzinfo=UTC)),
        ("Europe/Berlin", 2, datetime(2026, 10, 26, 9, tzinfo=UTC), datetime(2026, 10, 25, 0, tzinfo=UTC)),
        # The day is the hospital's: just after its midnight the eve is the day before, whatever UTC says.
        ("Pacific/Auckland", 8, datetime(2026, 6, 9, 12, 30, tzinfo=UTC), datetime(2026, 6, 8, 20, tzinfo=UTC)),
        ("Europe/London", 8, datetime(2026, 10, 25, 9, tzinfo=UTC), datetime(2026, 10, 24, 7, tzinfo=UTC)),
    ],
)
def test_the_hour_is_the_wall_clocks_on_every_night(
    zone: str, hour: int, starts_at: datetime, expected: datetime
) -> None:
    assert rules.reminder_time(starts_at=starts_at, zone=ZoneInfo(zone), hour=hour) == expected


def test_the_hour_is_a_setting(settings: Any) -> None:
    settings.REMINDER_HOUR = 18
    booked()
    assert reminders.remind(now=EVE + timedelta(hours=9)) == 0
    assert reminders.remind(now=EVE + timedelta(hours=10)) == 1
