"""Celery's tasks say who they are, however they are started (`task_cls` in hms_project/celery.py)."""

from __future__ import annotations

from typing import Any

from celery import Task

from audit.context import job
from core.errors import is_outage
from core.web import refusals
from core.web.logs import actor_role


class AuditedTask(Task):
    """Whatever it writes is written by "job doctors.tasks.fill_diaries"."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        name = f"job {self.name}"
        role = actor_role.set(actor_role.get() or name)
        try:
            with job(name), refusals.traced():
                return super().__call__(*args, **kwargs)
        except Exception as error:
            if is_outage(error):
                refusals.outage(error)
            raise
        finally:
            actor_role.reset(role)
