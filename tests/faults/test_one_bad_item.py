"""In every periodic job one thing that can't be done holds up none of the others (docs/jobs.md)."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from accounts.tests.factories import StaffFactory
from bookings import leaving
from bookings.choices import Status, WaitingState
from bookings.leaving_rules import Fate
from bookings.models import Booking, Departure, WaitingEntry
from bookings.tests.factories import make_booking, make_held, make_waiting
from core import clock
from core.clock import hospital_day
from doctors import schedule
from doctors.models import DoctorProfile, Slot
from doctors.schedule_rules import WeeklyRange
from doctors.tests.factories import make_doctor, make_slot
from hms_project.celery import app
from integrations.choices import Channel
from integrations.google_calendar import config
from integrations.google_calendar.fake import FakeGoogle
from integrations.models import GoogleConnection, JobRun, OutgoingMessage
from integrations.outbox import delivery
from integrations.tests.factories import make_message
from integrations.tests.google import google, make_connection
from patients.tests.factories import make_patient
from privacy.models import Erasure

__all__ = ["google"]
pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclasses.dataclass
class Case:
    """Three things for a job to do. The first one's row refuses to be written: `on`, when `condition`."""

    keys: list[Any]
    on: str
    condition: str
    is_done: Callable[[Any], bool]
    at: datetime = NOW


def reminders() -> Case:
    noon = clock.start_of_day(hospital_day(NOW) + DAY) + 12 * HOUR
    rows = [make_booking(slot=make_slot(starts_at=noon + n * HOUR), now=NOW - 9 * DAY) for n in range(3)]
    keys = [row.pk for row in rows]
    eve = clock.start_of_day(hospital_day(NOW)) + 20 * HOUR
    return Case(
        keys,
        "UPDATE ON bookings_booking",
        f"OLD.id = '{keys[0]}'",
        lambda key: Booking.objects.get(pk=key).reminder_queued_at is not None,
        eve,
    )


def no_shows() -> Case:
    rows = [
        make_booking(
            slot=make_slot(
                make_doctor(marks_no_shows=True, confirms_automatically=True), starts_at=NOW - DAY - n * HOUR
            ),
            now=NOW - 9 * DAY,
        )
        for n in range(3)
    ]
    keys = sorted(row.pk for row in rows)
    return Case(
        keys,
        "UPDATE ON bookings_booking",
        f"OLD.id = '{keys[0]}'",
        lambda key: Booking.objects.get(pk=key).status == Status.NO_SHOW,
        NOW + DAY,
    )


def lapsed_holds() -> Case:
    slots = [make_slot(days=3 + n) for n in range(3)]
    for number, slot in enumerate(slots):
        make_held(make_patient(), slot, now=NOW - 9 * HOUR + number * HOUR, minutes=30)
    keys = [slot.pk for slot in slots]
    return Case(
        keys,
        "UPDATE ON doctors_slot",
        f"OLD.id = '{keys[0]}'",
        lambda key: Slot.objects.get(pk=key).held_until is None,
    )


def past_wishes() -> Case:
    entries = [make_waiting(doctor=make_doctor(), now=NOW, days=(0, 1)) for _ in range(3)]
    keys = [entry.pk for entry in entries]
    return Case(
        keys,
        "UPDATE ON bookings_waitingentry",
        f"OLD.id = '{keys[0]}'",
        lambda key: WaitingEntry.objects.get(pk=key).state == WaitingState.ENDED,
        NOW + 9 * DAY,
    )


def departures() -> Case:
    doctors, last = [make_doctor() for _ in range(3)], hospital_day(NOW) + DAY
    for doctor in doctors:
        leaving.leave(
            doctor=doctor,
            last_day=last,
            fates={},
            otherwise=Fate.CANCEL,
            seen=[],
            reason="x",
            by=StaffFactory(),
            now=NOW,
        )
    keys = list(Departure.objects.order_by("pk").values_list("pk", flat=True))
    return Case(
        keys,
        "UPDATE ON bookings_departure",
        f"OLD.id = '{keys[0]}'",
        lambda key: Departure.objects.get(pk=key).completed_at is not None,
        NOW + 9 * DAY,
    )


def diaries() -> Case:
    keys = [make_doctor().pk for _ in range(3)]
    for key in keys:
        weekly = WeeklyRange(
            weekday=0,
            starts=time(9),
            ends=time(10),
            length=timedelta(minutes=30),
            buffer=timedelta(0),
            valid_from=date(2026, 1, 1),
        )
        schedule.set_weekly_hours(doctor=DoctorProfile.objects.get(pk=key), ranges=[weekly], now=NOW)
    Slot.objects.all().delete()
    return Case(
        keys,
        "INSERT ON doctors_slot",
        f"NEW.doctor_id = {keys[0]}",
        lambda key: Slot.objects.filter(doctor=key).exists(),
    )


def connections(google: FakeGoogle, **facts: Any) -> list[int]:
    scopes = (config.EVENTS_SCOPE, config.BUSY_SCOPE)
    for number in range(3):
        make_connection(google, make_doctor().user, account=f"{number}@stand-in.example", scopes=scopes)
    GoogleConnection.objects.update(**facts)
    return list(GoogleConnection.objects.order_by("connected_at", "pk").values_list("pk", flat=True))


def new_calendars(google: FakeGoogle) -> Case:
    keys = connections(google)
    return Case(
        keys,
        "UPDATE ON integrations_googleconnection",
        f"OLD.id = '{keys[0]}'",
        lambda key: GoogleConnection.objects.get(pk=key).backfilled_at is not None,
    )


def busy_times(google: FakeGoogle) -> Case:
    keys = connections(google)
    return Case(
        keys,
        "UPDATE ON integrations_googleconnection",
        f"OLD.id = '{keys[0]}'",
        lambda key: GoogleConnection.objects.get(pk=key).busy_looked_at is not None,
    )


def compared_calendars(google: FakeGoogle) -> Case:
    """Each has an appointment that is missing at Google; the repair of the first can't be written."""
    keys = connections(google, backfilled_at=NOW)
    users = dict(GoogleConnection.objects.values_list("pk", "user_id"))
    for key in keys:
        doctor = GoogleConnection.objects.get(pk=key).user.doctor_profile
        make_booking(slot=make_slot(doctor, days=3))
    OutgoingMessage.objects.all().delete()
    return Case(
        keys,
        "INSERT ON integrations_outgoingmessage",
        f"NEW.stream LIKE 'google:{users[keys[0]]}:%'",
        lambda key: OutgoingMessage.objects.filter(stream__startswith=f"google:{users[key]}:").exists(),
        NOW + HOUR,
    )


def erasures(**facts: Any) -> list[int]:
    for number in range(3):
        Erasure.objects.create(
            patient=make_patient(),
            pseudonym=f"AB{number}C",
            reason="Asked",
            erased_by=StaffFactory(),
            erased_at=NOW - DAY,
            **facts,
        )
    return list(Erasure.objects.order_by("pk").values_list("pk", flat=True))


def due_records() -> Case:
    keys = erasures(record_due=hospital_day(NOW) - DAY)
    return Case(
        keys,
        "UPDATE ON privacy_erasure",
        f"OLD.id = '{keys[0]}'",
        lambda key: Erasure.objects.get(pk=key).record_erased_at is not None,
    )


def old_messages() -> Case:
    keys = erasures()
    return Case(
        keys,
        "UPDATE ON privacy_erasure",
        f"OLD.id = '{keys[0]}'",
        lambda key: Erasure.objects.get(pk=key).messages_erased_at is not None,
    )


def settled_messages() -> Case:
    keys = [make_message(now=NOW - 400 * DAY).pk for _ in range(3)]
    OutgoingMessage.objects.update(status="SENT", settled_at=NOW - 399 * DAY)
    return Case(
        keys,
        "UPDATE ON integrations_outgoingmessage",
        f"OLD.id = '{keys[0]}'",
        lambda key: OutgoingMessage.objects.get(pk=key).content_erased_at is not None,
    )


def outbox(monkeypatch: pytest.MonkeyPatch, channel: Channel) -> Case:
    monkeypatch.setitem(delivery.CHANNELS, channel, lambda message: None)  # type: ignore[arg-type]
    keys = [make_message(now=NOW - HOUR).pk for _ in range(3)]
    OutgoingMessage.objects.update(channel=channel)
    return Case(
        keys,
        "UPDATE ON integrations_outgoingmessage",
        f"OLD.id = '{keys[0]}'",
        lambda key: OutgoingMessage.objects.get(pk=key).status == "SENT",
    )


CASES: dict[str, tuple[str, Callable[..., Case]]] = {
    "reminders": ("bookings.tasks.remind_of_tomorrow", reminders),
    "missed visits": ("bookings.tasks.mark_no_shows", no_shows),
    "lapsed holds": ("bookings.tasks.pass_lapsed_on", lapsed_holds),
    "past wishes": ("bookings.tasks.pass_lapsed_on", past_wishes),
    "departures": ("bookings.tasks.complete_departures", departures),
    "diaries": ("doctors.tasks.fill_diaries", diaries),
    "new calendars": ("bookings.tasks.fill_new_calendars", new_calendars),
    "busy times": ("doctors.tasks.look_at_busy_times", busy_times),
    "compared calendars": ("bookings.tasks.compare_calendars", compared_calendars),
    "due records": ("privacy.tasks.erase_what_is_due", due_records),
    "old messages": ("privacy.tasks.erase_messages", old_messages),
    "settled messages": ("privacy.tasks.purge_what_is_past", settled_messages),
    "e-mails": ("integrations.tasks.deliver_email", lambda monkeypatch: outbox(monkeypatch, Channel.EMAIL)),
    "events": ("integrations.tasks.deliver_to_calendars", lambda monkeypatch: outbox(monkeypatch, Channel.GOOGLE)),
}
WITHOUT_ITEMS = {
    "integrations.tasks.watch_jobs",  # reads, and writes to the log
    "audit.tasks.tell_of_suppressed",  # takes all sums out and tells them in one statement
    "privacy.tasks.keep_erasure_list",  # one file, written as a whole
}
OF_GOOGLE = {"new calendars", "busy times", "compared calendars"}


def test_every_job_of_the_schedule_is_tried() -> None:
    assert {task for task, _ in CASES.values()} | WITHOUT_ITEMS == set(django_settings.BACKGROUND_JOBS)


@pytest.fixture(autouse=True)
def _tasks_are_known() -> None:
    """Before the test itself: Celery sets up Django once more, and with it the log."""
    app.loader.import_default_modules()


@contextmanager
def poisoned(case: Case) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql "
            "AS $$ BEGIN RAISE EXCEPTION 'this row is bad'; END $$"
        )
        cursor.execute(
            f"CREATE TRIGGER poison BEFORE {case.on} FOR EACH ROW WHEN ({case.condition}) EXECUTE FUNCTION poison()"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION poison CASCADE")


@pytest.mark.parametrize("name", CASES)
def test_one_bad_item_holds_up_none_of_the_others(
    name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    task_name, make = CASES[name]
    given = {
        "google": lambda: request.getfixturevalue("google"),
        "monkeypatch": lambda: monkeypatch,
    }
    wanted = make.__code__.co_varnames[: make.__code__.co_argcount]
    case = make(*(given[argument]() for argument in wanted))
    task = app.tasks[task_name]
    monkeypatch.setattr(task, "_recorded_at", float("-inf"))
    monkeypatch.setattr(clock, "now", lambda: case.at)

    with poisoned(case), caplog.at_level(logging.ERROR, logger="core.batches"):
        task()
        assert [case.is_done(key) for key in case.keys] == [False, True, True]
    run = JobRun.objects.get(task=task_name)
    assert (run.error, run.items_left) == ("", 1)
    assert "could not be done" in caplog.text
    assert "this row is bad" not in caplog.text  # what the database says of a row may be somebody's data

    OutgoingMessage.objects.filter(status="SENDING").update(status="QUEUED", lease_until=None)
    monkeypatch.setattr(task, "_recorded_at", float("-inf"))
    task()
    assert [case.is_done(key) for key in case.keys] == [True, True, True]  # the next run does what was left
