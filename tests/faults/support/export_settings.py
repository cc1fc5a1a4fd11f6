"""Settings for workers that make one kind of test file, named in the environment, and look for due ones each second."""

from __future__ import annotations

import os

from hms_project.settings.test import *  # noqa: F403
from hms_project.settings.test import CELERY_BEAT_SCHEDULE

EXPORT_KINDS = {"slow": os.environ["TEST_EXPORT_KIND"]}
EXPORT_LEASE_SECONDS = 5
CELERY_BEAT_SCHEDULE = CELERY_BEAT_SCHEDULE | {"make exports": CELERY_BEAT_SCHEDULE["make exports"] | {"schedule": 1.0}}
