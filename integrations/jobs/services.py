"""Writing down each job's last run. A row that can't be written never ends the job: it is then overdue before long."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import Error as DatabaseError

from core.db import short_transaction
from integrations.models import JobRun

logger = logging.getLogger(__name__)


def record_start(task: str, *, now: datetime) -> None:
    _write(JobRun(task=task, first_started_at=now, started_at=now), ["started_at"])


def record_success(task: str, *, started_at: datetime, items_left: int, now: datetime) -> None:
    """`items_left`: how many things of this run could not be done and were left to the next."""
    run = JobRun(
        task=task,
        first_started_at=started_at,
        started_at=started_at,
        finished_at=now,
        succeeded_at=now,
        items_left=items_left,
    )
    _write(run, ["started_at", "finished_at", "succeeded_at", "error", "items_left"])


def record_failure(task: str, *, started_at: datetime, error: str, now: datetime) -> None:
    """`error`: the class alone, for its words may hold somebody's data."""
    run = JobRun(task=task, first_started_at=started_at, started_at=started_at, finished_at=now, error=error[:100])
    _write(run, ["started_at", "finished_at", "error"])


def _write(run: JobRun, fields: list[str]) -> None:
    try:
        with short_transaction():
            JobRun.objects.bulk_create([run], update_conflicts=True, unique_fields=["task"], update_fields=fields)
    except DatabaseError as error:
        logger.warning("The run of %s could not be written down (%s).", run.task, type(error).__name__)
