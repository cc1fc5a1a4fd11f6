"""In every periodic job one thing that can't be done holds up none of the others (docs/jobs.md)."""

from __future__ import annotations

import ast
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection

from accounts.models import Session
from accounts.tests.factories import StaffFactory
from bookings.choices import Status, WaitingState
from bookings.departures import services as leaving
from bookings.departures.rules import DepartureDecision
from bookings.models import Booking, Departure, WaitingEntry
from bookings.tests.factories import make_booking, make_held, make_waiting
from core import clock
from core.clock import hospital_day
from doctors.models import DoctorProfile, Slot
from doctors.schedule import services as schedule
from doctors.schedule.rules import WeeklyRange
from doctors.tests.factories import make_doctor, make_slot
from hms_project.celery import app
from integrations import delivery
from integrations.choices import Channel
from integrations.google_calendar import config
from integrations.google_calendar.fake import FakeGoogle
from integrations.models import GoogleConnection, JobRun, OutgoingMessage
from integrations.tests.factories import make_message
from integrations.tests.google import google, make_connection
from patients.tests.factories import make_patient
from privacy.models import Erasure
from tests.architecture.source import calls, python_files, tree_of
from tests.faults.support.bad_items import (
    DAY,
    HOUR,
    NOW,
    Case,
    answered_records,
    due_files,
    ended_visits,
    expired_files,
    late_drafts,
    monthly_reports,
    old_exports,
    old_invoices,
)

__all__ = ["google"]
pytestmark = pytest.mark.django_db(transaction=True)


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
            decisions={},
            otherwise=DepartureDecision.CANCEL,
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


def closed_times(google: FakeGoogle) -> Case:
    """Closed by calendars that were connected once."""
    keys = sorted(make_slot(days=3 + n).pk for n in range(3))
    Slot.objects.update(closed_by_calendar=True)
    return Case(
        keys,
        "UPDATE ON doctors_slot",
        f"OLD.id = '{keys[0]}'",
        lambda key: not Slot.objects.get(pk=key).closed_by_calendar,
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


def expired_sessions() -> Case:
    keys = [f"{n}" * 32 for n in range(3)]
    for number, key in enumerate(keys):
        over = NOW - DAY + number * HOUR
        Session.objects.create(session_key=key, session_data="sealed", expire_date=over, user=StaffFactory())
    return Case(
        keys,
        "DELETE ON accounts_session",
        f"OLD.session_key = '{keys[0]}'",
        lambda key: not Session.objects.filter(pk=key).exists(),
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


# By name: the job, what the log calls its items, and how three of them are made.
CASES: dict[str, tuple[str, str, Callable[..., Case]]] = {
    "reminders": ("bookings.tasks.remind_of_tomorrow", "The reminder of booking", reminders),
    "missed visits": ("bookings.tasks.mark_no_shows", "The missed visit", no_shows),
    "lapsed holds": ("bookings.tasks.pass_lapsed_on", "The lapsed time", lapsed_holds),
    "past wishes": ("bookings.tasks.pass_lapsed_on", "The past wish", past_wishes),
    "departures": ("bookings.tasks.complete_departures", "The departure of doctor", departures),
    "diaries": ("doctors.tasks.fill_diaries", "The diary of doctor", diaries),
    "new calendars": ("bookings.tasks.fill_new_calendars", "The new calendar", new_calendars),
    "busy times": ("doctors.tasks.look_at_busy_times", "The busy times of calendar", busy_times),
    "closed times": ("doctors.tasks.look_at_busy_times", "The closed time", closed_times),
    "compared calendars": ("bookings.tasks.compare_calendars", "Appointments of calendar", compared_calendars),
    "visits to bill": ("billing.tasks.settle_visits", "The invoice of appointment", ended_visits),
    "visits of long ago": ("billing.tasks.settle_all_visits", "The invoice of appointment", ended_visits),
    "invoices of the erased": ("privacy.tasks.erase_what_is_due", "The invoice", old_invoices),
    "drafts of the erased": ("privacy.tasks.erase_what_is_due", "The drafts of patient", late_drafts),
    "due records": ("privacy.tasks.erase_what_is_due", "The record of erasure", due_records),
    "messages of the erased": ("privacy.tasks.erase_messages", "The messages of erasure", old_messages),
    "settled messages": ("privacy.tasks.purge_what_is_past", "The old message", settled_messages),
    "expired sessions": ("privacy.tasks.purge_what_is_past", "The expired session", expired_sessions),
    "answers with a record": ("clinical.tasks.compare_reads", "The answer with a record", answered_records),
    "monthly reports": ("reports.tasks.make_monthly_reports", "The monthly report of doctor", monthly_reports),
    "files": ("exports.tasks.run_exports", "The export", due_files),
    "expired files": ("exports.tasks.expire_exports", "The expired export", expired_files),
    "old exports": ("exports.tasks.expire_exports", "The old export", old_exports),
    "e-mails": ("integrations.tasks.deliver_email", "The message", lambda mp: outbox(mp, Channel.EMAIL)),
    "events": ("integrations.tasks.deliver_to_calendars", "The message", lambda mp: outbox(mp, Channel.GOOGLE)),
}
WITHOUT_ITEMS = {
    "integrations.tasks.watch_jobs",  # reads, and writes to the log
    "audit.tasks.tell_of_suppressed",  # takes all sums out and tells them in one statement
    "privacy.tasks.keep_erasure_list",  # one file, written as a whole
}
ALONE = {"Purging the cache"}  # one statement, of a cache that may be elsewhere: privacy/tests/test_purge.py


def test_every_job_of_the_schedule_is_tried() -> None:
    assert {task for task, _, _ in CASES.values()} | WITHOUT_ITEMS == set(django_settings.BACKGROUND_JOBS)


def test_everything_that_is_done_one_by_one_is_tried() -> None:
    """What each call of the two helpers names its items."""
    found = {
        ast.literal_eval(word.value)
        for path in python_files(tests=False)
        if path.name != "batches.py"
        for node, called in calls(tree_of(path))
        if called.rpartition(".")[2] in {"process_each", "in_batches"}
        for word in node.keywords
        if word.arg == "what"
    }
    assert len(found) > 10
    assert found == {what for _, what, _ in CASES.values() if what != "The message"} | ALONE


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
    task_name, what, make = CASES[name]
    given = {
        "google": lambda: request.getfixturevalue("google"),
        "mp": lambda: monkeypatch,
        "settings": lambda: request.getfixturevalue("settings"),
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
    [said] = [record.getMessage() for record in caplog.records if "could not be done" in record.getMessage()]
    assert said.startswith(f"{what} ")
    assert "this row is bad" not in caplog.text  # what the database says of a row may be somebody's data

    OutgoingMessage.objects.filter(status="SENDING").update(status="QUEUED", lease_until=None)
    monkeypatch.setattr(task, "_recorded_at", float("-inf"))
    task()
    assert [case.is_done(key) for key in case.keys] == [True, True, True]  # the next run does what was left
