"""Every periodic job leaves its last run, and what is overdue is seen (docs/jobs.md)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import Task
from celery.schedules import crontab
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from core.batches import process_each
from hms_project import env
from hms_project.celery import app
from integrations.choices import Channel
from integrations.jobs import alarm, selectors, services
from integrations.jobs.rules import JobHealth, LastRun, health, is_behind
from integrations.models import ChannelState, JobRun
from integrations.tests.factories import make_message

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()
MINUTE = timedelta(minutes=1)
SCHEDULED = sorted({entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()})


@pytest.fixture(autouse=True)
def _forget_what_was_recorded() -> Iterator[None]:
    app.loader.import_default_modules()
    yield
    for name in SCHEDULED:
        app.tasks[name]._recorded_at = float("-inf")


def task_of(name: str) -> Task:
    return app.tasks[name]


def longest_pause(entry: dict[str, Any]) -> timedelta:
    """Between two runs of an entry of the schedule."""
    schedule = entry["schedule"]
    if isinstance(schedule, crontab):
        return timedelta(days=1) if len(schedule.hour) == 1 else timedelta(hours=1)
    return timedelta(seconds=schedule)


def test_every_job_of_the_schedule_has_a_name_and_a_bound_it_can_keep() -> None:
    assert set(SCHEDULED) == set(settings.BACKGROUND_JOBS)
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        job = settings.BACKGROUND_JOBS[entry["task"]]
        assert job["label"], entry
        assert longest_pause(entry) < job["overdue_after"] <= 60 * longest_pause(entry), entry


@pytest.mark.parametrize("name", SCHEDULED)
def test_every_job_of_the_schedule_leaves_its_last_run(name: str) -> None:
    assert not JobRun.objects.exists()
    task_of(name)()

    run = JobRun.objects.get()
    assert (run.task, run.error) == (name, "")
    assert run.finished_at is not None
    assert run.started_at <= run.finished_at == run.succeeded_at


@pytest.mark.parametrize("name", SCHEDULED)
def test_every_job_that_breaks_says_so_by_the_class_of_its_error(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    task = task_of(name)
    task()
    good = JobRun.objects.get()

    def breaks(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("Mrs Smith")

    monkeypatch.setattr(task, "run", breaks)
    with pytest.raises(ZeroDivisionError):
        task()

    run = JobRun.objects.get()
    assert (run.error, run.succeeded_at) == ("ZeroDivisionError", good.succeeded_at)
    [state] = [job for job in selectors.job_states(now=timezone.now()) if job.task == name]
    assert state.health == JobHealth.FAILED


def test_a_run_right_after_another_is_not_written_and_one_that_fails_is() -> None:
    task = task_of("integrations.tasks.deliver_email")
    task()
    before = JobRun.objects.get()
    task()
    assert JobRun.objects.get().started_at == before.started_at


def test_what_a_run_left_undone_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    task = task_of("bookings.tasks.mark_no_shows")

    def one_is_bad(number: int) -> int:
        if number == 2:
            raise ValueError
        return 1

    monkeypatch.setattr(task, "run", lambda: process_each([1, 2, 3], one_is_bad, what="Number"))
    assert task() == 2
    assert JobRun.objects.get().items_left == 1


def test_a_database_that_refuses_the_record_does_not_end_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: Any, **__: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(JobRun.objects, "bulk_create", refuses)
    assert task_of("bookings.tasks.mark_no_shows")() == 0


@pytest.mark.parametrize(
    ("succeeded", "error", "known", "expected"),
    [
        (NOW - MINUTE, "", NOW - 9 * MINUTE, JobHealth.GOOD),
        (NOW - MINUTE, "KeyError", NOW - 9 * MINUTE, JobHealth.FAILED),
        (NOW - 6 * MINUTE, "", NOW - 9 * MINUTE, JobHealth.OVERDUE),
        (NOW - 6 * MINUTE, "KeyError", NOW - 9 * MINUTE, JobHealth.OVERDUE),
        (None, "", NOW - MINUTE, JobHealth.NEVER),
        (None, "", NOW - 6 * MINUTE, JobHealth.OVERDUE),
        (None, "", None, JobHealth.OVERDUE),  # no worker has ever been at work
    ],
)
def test_when_a_job_is_overdue(succeeded: Any, error: str, known: Any, expected: JobHealth) -> None:
    run = LastRun(succeeded_at=succeeded, finished_at=succeeded, error=error, known_since=known)
    assert health(run, overdue_after=5 * MINUTE, now=NOW) == expected


def all_ran(at: Any) -> None:
    for name in SCHEDULED:
        services.record_success(name, started_at=at, items_left=0, now=at)


def test_the_check_passes_while_all_ran_in_time_and_fails_when_one_did_not(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(CommandError, match="never done"):
        call_command("check_jobs")
    now = timezone.now()
    all_ran(now)
    call_command("check_jobs")
    for name in SCHEDULED:
        late = now - settings.BACKGROUND_JOBS[name]["overdue_after"] - MINUTE
        JobRun.objects.filter(task=name).update(succeeded_at=late)
        with caplog.at_level(logging.ERROR), pytest.raises(CommandError, match=name):
            call_command("check_jobs")
        assert name in caplog.text
        caplog.clear()
        JobRun.objects.filter(task=name).update(succeeded_at=now)


def test_a_channel_is_behind_when_its_vendor_does_not_answer_or_nobody_tries() -> None:
    assert not is_behind(failing_since=None, untried_since=None, now=NOW)
    assert not is_behind(failing_since=NOW, untried_since=NOW, now=NOW)
    assert is_behind(failing_since=NOW - MINUTE, untried_since=None, now=NOW)
    assert is_behind(failing_since=None, untried_since=NOW - 3 * MINUTE, now=NOW)


def test_a_message_that_waits_for_another_of_its_stream_is_nobodys_neglect() -> None:
    long_ago = NOW - timedelta(hours=5)
    first, _ = make_message(stream="booking:1", now=long_ago), make_message(stream="booking:1", now=long_ago)
    type(first).objects.filter(pk=first.pk).update(attempts=9, due_at=NOW + MINUTE)
    all_ran(NOW)
    assert alarm.what_is_behind(now=NOW) == []

    make_message(now=long_ago)
    ChannelState.objects.create(channel=Channel.GOOGLE, failing_since=long_ago)
    behind = alarm.what_is_behind(now=NOW)
    assert [sentence.split(" (")[0] for sentence in behind] == ["channel EMAIL", "channel GOOGLE"]


@pytest.mark.parametrize("broker", ["redis://localhost/0", "amqp://localhost", "filesystem://localhost"])
def test_beat_finds_its_folder_whatever_the_broker(
    broker: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HMS_HOME", str(tmp_path / "new"))
    env.broker_options(broker)
    assert env.beat_folder().is_dir()


def test_a_web_machine_whose_data_folder_is_read_only_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HMS_HOME", str(tmp_path / "file"))
    assert env.beat_folder().name == "celery"
