"""Settings for workers whose Google is a stand-in, and whose clockwork and sweeps run every second."""

from __future__ import annotations

from hms_project.settings.test import *  # noqa: F403
from hms_project.settings.test import CELERY_BEAT_SCHEDULE

GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET = "stand-in", "stand-in-secret"
HASTY = {"send e-mails", "write to calendars", "pass lapsed times on"}
CELERY_BEAT_SCHEDULE = {
    name: {**entry, "schedule": 1.0} if name in HASTY else entry for name, entry in CELERY_BEAT_SCHEDULE.items()
}
