"""Celery's tasks say who they are, however they are started (`task_cls` in hms_project/celery.py)."""

from __future__ import annotations

from typing import Any

from celery import Task

from audit.context import job


class AuditedTask(Task):
    """Whatever it writes is written by "job doctors.tasks.fill_diaries"."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with job(f"job {self.name}"):
            return super().__call__(*args, **kwargs)
