"""Settings for workers whose beat does once a second what it does every few minutes otherwise."""

from __future__ import annotations

from hms_project.settings.test import *  # noqa: F403
from hms_project.settings.test import CELERY_BEAT_SCHEDULE

CELERY_BEAT_SCHEDULE = {name: {**entry, "schedule": 1.0} for name, entry in CELERY_BEAT_SCHEDULE.items()}
