"""The job runner: workers, and beat beside them (docs/jobs.md).

Rows in PostgreSQL are the truth; Celery carries wake-ups and the schedule (docs/adr/0004).
"""

from __future__ import annotations

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hms_project.settings.production")

TRANSPORT_ALIASES["filesystem"] = "hms_project.job_folder:Transport"

app = Celery("hms", task_cls="integrations.jobs.task:RecordedTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
