"""The workers and beat as production runs them: its settings, a real Redis, a data folder that holds nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from integrations.jobs import selectors
from integrations.models import JobRun
from integrations.outbox.wake import wake_workers
from tests.faults.conftest import UseBroker
from tests.faults.support import processes
from tests.faults.support.processes import wait_until
from tests.faults.support.redis_server import redis_server
from tools.demo import WORKERS

pytestmark = pytest.mark.django_db(transaction=True)
# What beat tells of within the first seconds, and what the test tells the clockwork itself: its turn is in a minute.
BY_BEAT = {"integrations.tasks.deliver_email", "integrations.tasks.deliver_to_calendars", "exports.tasks.run_exports"}
BY_HAND = "bookings.tasks.pass_lapsed_on"


def production(home: Path, redis_url: str) -> dict[str, str]:
    database = connection.settings_dict
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "hms_project.settings.production",
        "HMS_HOME": str(home),
        "SECRET_KEY": "x" * 50,
        "ALLOWED_HOSTS": "book.example.org",
        "BASE_URL": "https://book.example.org",
        **{f"DATABASE_{part}": str(database[part]) for part in ("NAME", "USER", "PASSWORD", "HOST", "PORT")},
        "FIELD_ENCRYPTION_KEYS": ",".join(settings.FIELD_ENCRYPTION_KEYS),
        "EMAIL_SERVICE_SECRETS": ",".join(settings.EMAIL_SERVICE_SECRETS),
        "EMAIL_SERVICE_URL": settings.EMAIL_SERVICE_URL,
        "CELERY_BROKER_URL": redis_url,
        "REDIS_URL": redis_url,
    }


@contextmanager
def program(arguments: str, name: str, environment: dict[str, str], folder: Path) -> Iterator[object]:
    process = processes.start([sys.executable, *arguments.split()], log=folder / f"{name}.log", environment=environment)
    try:
        yield process
    finally:
        processes.kill(process)


def test_workers_and_beat_stay_up_and_every_queue_is_served(use_broker: UseBroker, tmp_path: Path) -> None:
    home = tmp_path / "production"
    home.mkdir()
    with redis_server(tmp_path) as redis, ExitStack() as stack:
        environment = production(home, redis.url)
        running = {
            name: stack.enter_context(program(arguments, name.replace(" ", "-"), environment, tmp_path))
            for name, arguments in WORKERS.items()
        }

        use_broker(redis.url)
        wake_workers(BY_HAND)

        def done() -> bool:
            for name, process in running.items():
                log = tmp_path / f"{name.replace(' ', '-')}.log"
                assert process.poll() is None, f"{name} has ended:\n{log.read_text()}"  # type: ignore[attr-defined]
            ran = set(JobRun.objects.filter(succeeded_at__isnull=False).values_list("task", flat=True))
            return ran >= BY_BEAT | {BY_HAND}

        wait_until(done, what="beat has told of the jobs, and each was done")

        assert (home / "celery").is_dir()
        behind = [state.task for state in selectors.job_states(now=timezone.now()) if state.is_overdue]
        assert behind == []
        first = {run.task: run.started_at for run in JobRun.objects.all()}
        wait_until(
            lambda: all(JobRun.objects.get(task=task).started_at > first[task] for task in BY_BEAT),
            what="beat goes on",
            seconds=60,
        )
        assert done()
