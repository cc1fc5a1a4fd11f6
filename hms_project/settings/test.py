"""`python3 run.py test`: real PostgreSQL, cheap hashing, nothing else changed."""

from __future__ import annotations

import os

from hms_project import env
from hms_project.settings.base import *  # noqa: F403
from hms_project.settings.base import SESSION_LIMITS, STORAGES

SECRET_KEY = "tests-only-" + "x" * 40
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
BASE_URL = "http://testserver"
DATABASES = {"default": env.database(embedded=True, durable=False)}
# However busy the machine is, a statement or a lock ends by what is tested, never by the clock; and making and dropping
# whole databases waits for the disk, several processes at once. A test of the time-outs sets its own.
DATABASES["default"]["OPTIONS"]["options"] += " -c statement_timeout=120000 -c lock_timeout=60000"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
FIELD_ENCRYPTION_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
EMAIL_SERVICE_SECRETS = ["whsec_dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk="]
# The discard port: a test that wants an answer names its own, for its worker by the environment, never by `.env`.
EMAIL_SERVICE_URL = os.environ.get("EMAIL_SERVICE_URL", "http://127.0.0.1:9/dev/send-email")
OUTBOX_WAKES_WORKERS = False
GOOGLE_CLIENT_ID = GOOGLE_CLIENT_SECRET = ""
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
# Most tests change something between two looks at a page; core/tests/web/test_micro_cache.py turns it on.
MICRO_CACHE_SECONDS = 0

DEMO = False
DEV_PAGES = True
# Tests say themselves how long before they must book; the default has bookings/tests/services/test_cancel.py.
MIN_NOTICE_MINUTES = 0
# The crowds book much for few people; the limits have bookings/tests/services/test_limits.py.
BOOKINGS_PER_PATIENT = BOOKINGS_PER_ACCOUNT = BOOKINGS_PER_HOUR = WAITLISTS_PER_PATIENT = 1_000_000
# Most tests are about something else: those of accounts/ turn these on again.
STAFF_NEED_SECOND_FACTOR = False
WAITLIST_FROM_HOUR, WAITLIST_UNTIL_HOUR = 0, 24  # whatever the hour is at which they run
SESSION_LIMITS = dict.fromkeys(SESSION_LIMITS, (10000000, 1000000))
HOSPITAL_TAX_NUMBER = "GB 123 4567 89"
