"""`python3 run.py`: the whole system on this machine, with sample people and secrets made on first use."""

from __future__ import annotations

from datetime import date

from hms_project import env
from hms_project.settings.base import *  # noqa: F403
from hms_project.settings.base import GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, HMS_HOME
from hms_project.settings.secrets import fernet_key, kept_secret, webhook_secret

SECRET_KEY = env.text("SECRET_KEY") or kept_secret(HMS_HOME, "secret_key")
DEBUG = env.flag("DEBUG", default=False)
FIELD_ENCRYPTION_KEYS = env.fernet_keys(
    env.words("FIELD_ENCRYPTION_KEYS") or [kept_secret(HMS_HOME, "field_encryption_key", fernet_key)]
)
EMAIL_SERVICE_SECRETS = env.webhook_secrets(
    env.words("EMAIL_SERVICE_SECRETS") or [kept_secret(HMS_HOME, "email_service_secret", webhook_secret)]
)
EMAIL_SERVICE_URL = env.text("EMAIL_SERVICE_URL", f"http://localhost:{env.text('EMAIL_PORT', '3000')}/dev/send-email")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
BASE_URL = env.text("BASE_URL", f"http://localhost:{env.text('PORT', '8000')}").rstrip("/")
DATABASES = {"default": env.database(embedded=True)}

DEMO = True
# All that the sample past has seen is billed (sample_data/invoices.py).
BILLING_FROM = env.day("BILLING_FROM") or date(2020, 1, 1)
HOSPITAL_TAX_NUMBER = env.text("HOSPITAL_TAX_NUMBER", "GB 123 4567 89")
# The sign-in page of the demo says them: what for, names, password (sample_data/people.py).
DEMO_LOGINS = (
    ("Patients", "john_doe, jane_patient", "PatientPass123"),
    ("Doctors", "dr_smith, dr_johnson, dr_brown", "DoctorPass123"),
    ("Reception", "reception", "ReceptionPass123"),
    ("Manager", "manager", "ManagerPass123"),
    ("Administrator", "admin", "AdminPass123"),
)
# The sample logins work in one step; the page "Sign-in and security" says that production asks staff for two.
STAFF_NEED_SECOND_FACTOR = env.flag("STAFF_NEED_SECOND_FACTOR", default=False)
DEV_PAGES = True
# Without a provider the e-mail function sends to a server on this machine, whose mail can be read at /dev/inbox/.
LOCAL_INBOX = None if env.text("SMTP_HOST") or env.text("MAILGUN_API_KEY") else HMS_HOME / "inbox"

# A calendar of its own, unless one is configured: the stand-in for Google that `run.py` starts.
GOOGLE_REDIRECT_URI = env.web_address("GOOGLE_REDIRECT_URI", f"{BASE_URL}/oauth2callback")
GOOGLE_STAND_IN = not GOOGLE_CLIENT_ID
if GOOGLE_STAND_IN:
    _STAND_IN = f"http://localhost:{env.text('GOOGLE_PORT', '3100')}"
    GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET = "stand-in", "stand-in-secret"
    GOOGLE_AUTH_URI = f"{_STAND_IN}/o/oauth2/v2/auth"
    GOOGLE_TOKEN_URI = f"{_STAND_IN}/token"
    GOOGLE_REVOKE_URI = f"{_STAND_IN}/revoke"
    GOOGLE_API_ENDPOINT = f"{_STAND_IN}/calendar/v3/"
