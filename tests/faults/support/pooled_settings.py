"""Settings of a copy behind a pooler, of the test's database."""

from __future__ import annotations

import os

os.environ["DATABASE_POOLED"] = "true"

from hms_project import env
from hms_project.settings.base import *  # noqa: F403

SECRET_KEY = "tests-only-" + "x" * 40
ALLOWED_HOSTS = ["testserver"]
FIELD_ENCRYPTION_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
DATABASES = {"default": env.database(embedded=False)}
