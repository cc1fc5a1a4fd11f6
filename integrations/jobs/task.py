"""What every Celery task of ours is (`task_cls` in hms_project/celery.py): a periodic one leaves its last run."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings

from audit.jobs import AuditedTask
from core import clock
from core.batches import counting_left
from integrations.jobs import services

# The sweeps run every five seconds and after each commit: not each of them needs to be written down.
_QUIET_SECONDS = 5.0


class RecordedTask(AuditedTask):
    """A run that ends well within five seconds of another that did is not written: the last one says enough."""

    abstract = True
    _recorded_at = float("-inf")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.name not in settings.BACKGROUND_JOBS:
            return super().__call__(*args, **kwargs)
        is_quiet = time.monotonic() - self._recorded_at < _QUIET_SECONDS
        started_at = clock.now()
        if not is_quiet:
            services.record_start(self.name, now=started_at)
        try:
            with counting_left() as left:
                result = super().__call__(*args, **kwargs)
        except Exception as error:
            self._recorded_at = float("-inf")
            services.record_failure(self.name, started_at=started_at, error=type(error).__name__, now=clock.now())
            raise
        if not is_quiet or left.count:
            services.record_success(self.name, started_at=started_at, items_left=left.count, now=clock.now())
            self._recorded_at = time.monotonic()
        return result
