"""`python3 run.py test`: real PostgreSQL, cheap hashing, nothing else changed."""

from __future__ import annotations

from hms_project import env
from hms_project.settings.base import *  # noqa: F403
from hms_project.settings.base import STORAGES

SECRET_KEY = "tests-only-" + "x" * 40
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
BASE_URL = "http://testserver"
DATABASES = {"default": env.database(embedded=True)}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True

DEMO = False
DEV_PAGES = True
