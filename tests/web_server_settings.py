"""Settings for a real web server in a test: the test's database, static files compressed as in production."""

from __future__ import annotations

import os

from hms_project.settings import base
from hms_project.settings.test import *  # noqa: F403
from hms_project.settings.test import DATABASES

DATABASES["default"]["NAME"] = os.environ["DATABASE_OF_TEST"]
ALLOWED_HOSTS = ["127.0.0.1"]
STATIC_ROOT = os.environ["STATIC_OF_TEST"]
STORAGES = base.STORAGES
WHITENOISE_AUTOREFRESH = False
WHITENOISE_USE_FINDERS = False
