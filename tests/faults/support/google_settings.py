"""Settings for workers whose Google is the stand-in of a test, and whose beat looks for new calendars every second."""

from __future__ import annotations

from hms_project.settings.test import *  # noqa: F403
from hms_project.settings.test import CELERY_BEAT_SCHEDULE

GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET = "stand-in", "stand-in-secret"
HASTY = {"send e-mails", "write to calendars", "fill new calendars"}
CELERY_BEAT_SCHEDULE = {name: {**CELERY_BEAT_SCHEDULE[name], "schedule": 1.0} for name in HASTY}
