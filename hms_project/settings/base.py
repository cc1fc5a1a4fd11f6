"""What every way of running shares. `demo`, `test` and `production` say what differs."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from hms_project import env
from hms_project.settings.billing import *  # noqa: F403
from hms_project.settings.jobs import *  # noqa: F403
from hms_project.token_paths import TOKEN_PATHS

BASE_DIR = env.BASE_DIR
HMS_HOME = env.home()
BACKUP_FOLDER = env.folder("BACKUP_FOLDER", HMS_HOME / "backups")

DEBUG = False
ALLOWED_HOSTS: list[str] = []
BASE_URL = env.text("BASE_URL", "http://localhost:8000").rstrip("/")

# The hospital: an invoice says it as long as it may be here (billing/models.py)
HOSPITAL_NAME = env.text("HOSPITAL_NAME", "Riverside Hospital", longest=200, may_be_empty=False)
HOSPITAL_PHONE = env.text("HOSPITAL_PHONE", "020 7946 0100", longest=40)
# Whose numbers are meant where no country's code is typed, and shown without it.
PHONE_REGION = env.phone_region("PHONE_REGION", "GB")
# Whom to call instead of booking, where a complaint is typed and at the foot of each page.
EMERGENCY_NUMBER = env.text("EMERGENCY_NUMBER", "999")
URGENT_CARE_NUMBER = env.text("URGENT_CARE_NUMBER", "111")
HOSPITAL_ADDRESS = env.text("HOSPITAL_ADDRESS", "1 Riverside Walk, London SE1 7XX", longest=400)
HOSPITAL_EMAIL = env.text("HOSPITAL_EMAIL", "appointments@hospital.example")
TIME_ZONE = env.time_zone("TIME_ZONE", "Europe/London")
CURRENCY = env.text("CURRENCY", "GBP")
DOCTORS_NEED_APPROVAL = env.flag("DOCTORS_NEED_APPROVAL", default=True)
MIN_NOTICE_MINUTES = env.whole_number("MIN_NOTICE_MINUTES", default=120, minimum=0, maximum=43_200)
BOOKING_WINDOW_DAYS = env.whole_number("BOOKING_WINDOW_DAYS", default=365, minimum=1, maximum=730)
SLOT_HORIZON_DAYS = env.whole_number("SLOT_HORIZON_DAYS", default=90, minimum=7, maximum=365)
WAITLIST_HOLD_MINUTES = env.whole_number("WAITLIST_HOLD_MINUTES", default=60, minimum=5, maximum=2_880)
# An offer to somebody who waits runs out only in these hours of the hospital's clock: nobody loses it asleep.
WAITLIST_FROM_HOUR = env.whole_number("WAITLIST_FROM_HOUR", default=8, minimum=0, maximum=23)
WAITLIST_UNTIL_HOUR = env.whole_number("WAITLIST_UNTIL_HOUR", default=21, minimum=1, maximum=24)
if WAITLIST_FROM_HOUR >= WAITLIST_UNTIL_HOUR:
    raise ImproperlyConfigured("WAITLIST_FROM_HOUR must be earlier than WAITLIST_UNTIL_HOUR, for example 8 and 21.")
OFFER_HOLD_HOURS = env.whole_number("OFFER_HOLD_HOURS", default=48, minimum=1, maximum=336)
INVITATION_DAYS = env.whole_number("INVITATION_DAYS", default=7, minimum=1, maximum=60)
RECORD_RETENTION_YEARS = env.whole_number("RECORD_RETENTION_YEARS", default=8, minimum=0, maximum=100)
# Whether a doctor may read, for an hour and with a reason, the records of a patient they don't treat.
EMERGENCY_ACCESS = env.flag("EMERGENCY_ACCESS", default=False)
# Whether a record somebody asks for is mailed as a PDF; if not, as a link to its page behind the sign-in.
MAIL_RECORDS_AS_PDF = env.flag("MAIL_RECORDS_AS_PDF", default=True)
MESSAGE_RETENTION_DAYS = env.whole_number("MESSAGE_RETENTION_DAYS", default=90, minimum=7, maximum=3_650)
# How much patients may book online; the hospital itself may book on.
BOOKINGS_PER_PATIENT = env.whole_number("BOOKINGS_PER_PATIENT", default=10, minimum=1, maximum=1_000)
BOOKINGS_PER_ACCOUNT = env.whole_number("BOOKINGS_PER_ACCOUNT", default=20, minimum=1, maximum=10_000)
BOOKINGS_PER_HOUR = env.whole_number("BOOKINGS_PER_HOUR", default=10, minimum=1, maximum=10_000)
WAITLISTS_PER_PATIENT = env.whole_number("WAITLISTS_PER_PATIENT", default=10, minimum=1, maximum=1_000)
CANCEL_CUTOFF_HOURS = env.whole_number("CANCEL_CUTOFF_HOURS", default=2, minimum=0, maximum=720)

DEV_PAGES = False  # the component gallery
BEHIND_PROXY = False  # whether a proxy of ours says how and by whom it was reached
LOCAL_INBOX: Path | None = None  # the folder in which the demo keeps the mail it sends

INSTALLED_APPS = [
    "core",
    "audit",
    "accounts",
    "integrations",
    "doctors",
    "patients",
    "exports",
    "bookings",
    "clinical",
    "billing",
    "reports",
    "privacy",
    "dashboards",
    "sample_data",
    "hms_project.apps.HmsConfig",
    "hms_project.apps.HmsAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "pgtrigger",
    "pghistory",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
]

MIDDLEWARE = [
    # Headers first: whatever is answered further in, an error or a refusal too, carries them.
    "core.web.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "core.web.middleware.SecurityHeadersMiddleware",
    "core.web.middleware.ContentPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "core.web.middleware.HealthMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.web.middleware.UnavailableMiddleware",
    "core.web.middleware.CleanInputMiddleware",
    "accounts.middleware.CrowdMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    # What strangers share, before anybody is looked up.
    "core.web.micro_cache.MicroCacheMiddleware",
    "accounts.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "audit.middleware.AuditMiddleware",
    "clinical.middleware.RecordAnswerMiddleware",
    "core.web.middleware.PrivatePagesMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.drafts.views.DraftMiddleware",
]

ROOT_URLCONF = "hms_project.urls"
WSGI_APPLICATION = "hms_project.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.web.notices.notices",
                "dashboards.context_processors.site",
                "dashboards.context_processors.navigation",
            ],
            "builtins": [
                "django.templatetags.static",
                "django.templatetags.i18n",
                "core.templatetags.hms",
                "accounts.templatetags.whose_form",
            ],
        },
    }
]
FORM_RENDERER = "core.forms.rendering.HmsFormRenderer"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": env.cache()}
MICRO_CACHE_SECONDS = 3  # how long strangers share a public page (docs/adr/0028); 0 turns it off

# Times: instants in UTC; pages in the hospital's zone.
USE_TZ = True
LANGUAGE_CODE = "en-gb"
USE_I18N = True
LANGUAGES = [("en-gb", "English")]
FORMAT_MODULE_PATH = "hms_project.formats"
LOCALE_PATHS = [BASE_DIR / "hms_project" / "locale"]

STATIC_URL = "/static/"
WHITENOISE_ALLOW_ALL_ORIGINS = False  # our fonts and scripts are for our pages
STATICFILES_DIRS = [BASE_DIR / "static"]
# A file of static/ that names its parts is served as one piece (docs/adr/0026).
STATICFILES_FINDERS = [
    "core.web.bundles.BundlingFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STATIC_ROOT = HMS_HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "core.web.static_files.ManifestStorage"},
}

# People
AUTH_USER_MODEL = "accounts.User"
# allauth's knows permissions as Django's own does; a second one would only judge every wrong password twice.
AUTHENTICATION_BACKENDS = ["accounts.sessions.SessionUserBackend"]
PASSWORD_HASHERS = ["accounts.signing_in.hashing.BoundedArgon2", "accounts.signing_in.hashing.BoundedPBKDF2"]
# How many passwords a process hashes at a time, and how many more wait: together well below gunicorn's `--threads`.
HASHES_AT_ONCE = env.whole_number("HASHES_AT_ONCE", default=2, minimum=1, maximum=1000)
HASHES_WAITING = env.whole_number("HASHES_WAITING", default=3, minimum=0, maximum=1000)
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "email", "full_name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboards:profile"  # the adapter knows each role's own page
LOGOUT_REDIRECT_URL = "dashboards:home"

ACCOUNT_ADAPTER = "integrations.account_mails.OutboxAccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.signing_in.forms.LoginForm",
    "reauthenticate": "accounts.signing_in.forms.ReauthenticateForm",
    "change_password": "accounts.signing_in.forms.ChangePasswordForm",
    "reset_password": "accounts.signing_in.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.signing_in.forms.ResetPasswordKeyForm",
    "user_token": "accounts.signing_in.forms.UserTokenForm",
}
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_USER_DISPLAY = "accounts.presenters.display_name"
# Who signs up is let in once they have followed the mailed link (docs/adr/0014); whoever has an address that is not
# confirmed for another reason is asked where it matters (`requires_confirmed_email`).
EMAIL_VERIFICATION_REQUIRED = env.flag("EMAIL_VERIFICATION_REQUIRED", default=True)
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 3
ACCOUNT_CONFIRM_EMAIL_ON_GET = False  # mail programs open links to look at them
ACCOUNT_EMAIL_NOTIFICATIONS = True
PASSWORD_RESET_TIMEOUT = 3 * 60 * 60  # seconds
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    # Ten judged guesses an account in fifteen minutes by all strangers together, and ten by each browser or address its
    # owner has signed in from (accounts/known_browsers.py); a person who mistypes is back soon.
    "login_failed": "10/15m/key,50/15m/ip",
    # The signed-in person's own tries are counted apart: a stranger's guesses never lock the owner out.
    "reauthenticate": "10/15m/user",
    "change_password": "10/15m/user",
    "signup": "20/m/ip",
    "begin_passkey": "30/m/ip",
    "reset_password": "20/m/ip,5/m/key,20/d/key",
    "reset_password_from_key": "20/m/ip",
    # Whoever wants another link waits half a minute; nobody's mailbox is flooded by us.
    "confirm_email": "1/30s/key,8/h/key",
    "manage_email": "20/h/user",
    # What is typed and not sent: after each pause in typing, and when a page is left.
    "keep_draft": "200/10m/key",
    # A doctor's tries to find a patient in an emergency: who is a patient here is not to be guessed.
    "emergency_access": "10/h/key",
    # One record to its patient's mailbox, by one account.
    "send_record": "5/d/key",
}

# The second factor: an authenticator app, passkeys, recovery codes (docs/signing-in.md).
STAFF_NEED_SECOND_FACTOR = env.flag("STAFF_NEED_SECOND_FACTOR", default=True)
MFA_ADAPTER = "accounts.second_factor.services.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = HOSPITAL_NAME
MFA_TOTP_PERIOD = 30  # seconds
MFA_TOTP_TOLERANCE = 1  # a code typed as it changes still counts (RFC 6238, 5.2); each counts once
MFA_FORMS = {
    "authenticate": "accounts.second_factor.forms.CodeForm",
    "reauthenticate": "accounts.second_factor.forms.CodeAgainForm",
    "activate_totp": "accounts.second_factor.forms.FirstCodeForm",
    "authenticate_webauthn": "accounts.second_factor.forms.PasskeyForm",
    "reauthenticate_webauthn": "accounts.second_factor.forms.PasskeyAgainForm",
    "login_webauthn": "accounts.second_factor.forms.PasskeyAloneForm",
    "add_webauthn": "accounts.second_factor.forms.NewPasskeyForm",
    "edit_webauthn": "accounts.second_factor.forms.PasskeyNameForm",
}

SESSION_ENGINE = "accounts.sessions"
# After how many minutes without a click, and how many hours after signing in, a session ends.
SESSION_LIMITS = {
    "STAFF": (
        env.whole_number("SESSION_IDLE_MINUTES_STAFF", default=30, minimum=1, maximum=100_000),
        env.whole_number("SESSION_HOURS_STAFF", default=12, minimum=1, maximum=10_000),
    ),
    "DOCTOR": (
        env.whole_number("SESSION_IDLE_MINUTES_DOCTOR", default=60, minimum=1, maximum=100_000),
        env.whole_number("SESSION_HOURS_DOCTOR", default=12, minimum=1, maximum=10_000),
    ),
    "PATIENT": (
        env.whole_number("SESSION_IDLE_MINUTES_PATIENT", default=120, minimum=1, maximum=100_000),
        env.whole_number("SESSION_HOURS_PATIENT", default=336, minimum=1, maximum=10_000),
    ),
}
# How long what was typed into a form that was not taken waits, sealed, for the same person.
FORM_DRAFT_MINUTES = env.whole_number("FORM_DRAFT_MINUTES", default=30, minimum=1, maximum=1440)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "hms_session"
DRAFT_COOKIE_NAME = "hms_typed"  # that something typed may wait (accounts/drafts/cookie.py)
KNOWN_BROWSER_COOKIE_NAME = "hms_known"  # who signed in here before (accounts/known_browsers.py)
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "accounts.drafts.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap's own icons and the second factor's QR code are data: images
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

# Messages: rows in PostgreSQL, delivered by Celery (docs/adr/0004).
EMAIL_SERVICE_URL = env.text("EMAIL_SERVICE_URL", "http://localhost:3000/dev/send-email")
REMINDER_HOUR = env.whole_number("REMINDER_HOUR", default=8, minimum=0, maximum=23)
OUTBOX_WAKES_WORKERS = True
# What a mail says is made of what the outbox holds, when it is delivered, by the function at this path.
MAIL_DATA_MAKERS: dict[str, str] = {
    "MEDICAL_RECORD": "clinical.documents.mails.data_of_record",
    "INVOICE": "billing.documents.mails.data_of_invoice",
    "DOCTOR_MONTHLY_REPORT": "reports.mails.data_of_report",
}
OUTBOX_PER_SECOND = env.whole_number("OUTBOX_PER_SECOND", default=20, minimum=1, maximum=1000)  # each thread
OUTBOX_THREADS = env.whole_number("OUTBOX_THREADS", default=4, minimum=1, maximum=32)  # of each channel
OUTBOX_LEASE_SECONDS = env.whole_number("OUTBOX_LEASE_SECONDS", default=30, minimum=1, maximum=600)
EMAIL_SERVICE_TIMEOUT_SECONDS = env.whole_number("EMAIL_SERVICE_TIMEOUT_SECONDS", default=5, minimum=1, maximum=60)
if OUTBOX_LEASE_SECONDS <= 2 * EMAIL_SERVICE_TIMEOUT_SECONDS:
    raise ImproperlyConfigured(
        "OUTBOX_LEASE_SECONDS must be more than twice EMAIL_SERVICE_TIMEOUT_SECONDS: "
        "a message on its way must not be taken for abandoned."
    )

# Files that take a while (docs/exports.md): each kind by the object of the room that makes it.
EXPORT_KINDS: dict[str, str] = {
    "personal_data": "privacy.archive.PERSONAL_DATA",
    "treatment_history": "clinical.documents.history_export.TREATMENT_HISTORY",
}
# A person's data is made while they wait up to so many rows, and by a worker from there.
EXPORT_IN_BACKGROUND_FROM = env.whole_number("EXPORT_IN_BACKGROUND_FROM", default=5_000, minimum=1, maximum=1_000_000)
# After how long without a word of its worker a file is begun again by another.
EXPORT_LEASE_SECONDS = env.whole_number("EXPORT_LEASE_SECONDS", default=120, minimum=5, maximum=3600)

# Google Calendar: off until an administrator has registered the site with Google and set the first two.
GOOGLE_CLIENT_ID = env.text("GOOGLE_CLIENT_ID")
GOOGLE_CLIENT_SECRET = env.text("GOOGLE_CLIENT_SECRET")
GOOGLE_REDIRECT_URI = env.web_address("GOOGLE_REDIRECT_URI", "http://localhost:8000/oauth2callback")
GOOGLE_AUTH_URI = env.web_address("GOOGLE_AUTH_URI", "https://accounts.google.com/o/oauth2/v2/auth")
GOOGLE_TOKEN_URI = env.web_address("GOOGLE_TOKEN_URI", "https://oauth2.googleapis.com/token")
GOOGLE_REVOKE_URI = env.web_address("GOOGLE_REVOKE_URI", "https://oauth2.googleapis.com/revoke")
GOOGLE_API_ENDPOINT = env.web_address("GOOGLE_API_ENDPOINT", "https://www.googleapis.com/calendar/v3/")
BUSY_TIMES_KEPT_HOURS = env.whole_number("BUSY_TIMES_KEPT_HOURS", default=72, minimum=0, maximum=720)
BUSY_LOOK_MAX_AGE_MINUTES = env.whole_number("BUSY_LOOK_MAX_AGE_MINUTES", default=15, minimum=1, maximum=1440)
if GOOGLE_CLIENT_ID and not GOOGLE_CLIENT_SECRET:
    raise ImproperlyConfigured("Set GOOGLE_CLIENT_SECRET as well: Google gives it together with GOOGLE_CLIENT_ID.")

CELERY_BROKER_URL = env.text("CELERY_BROKER_URL") or "filesystem://localhost"
CELERY_BROKER_TRANSPORT_OPTIONS = env.broker_options(CELERY_BROKER_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False  # a task is only a wake-up; what a dead worker left undone is found by the next sweep
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_CONCURRENCY = 4
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(env.beat_folder() / "beat-schedule")

DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "refusals": {"()": "core.web.logs.RefusalFilter"},
        "request_id": {"()": "core.web.logs.RequestIdFilter"},
        "tokens": {"()": "core.web.logs.TokenFilter", "paths": TOKEN_PATHS},
    },
    "formatters": {"json": {"()": "core.web.logs.JsonFormatter"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "filters": ["request_id", "tokens"], "formatter": "json"},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"handlers": [], "filters": ["refusals"], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        # These write tokens into their debug lines: never, whatever the level of the rest.
        "requests_oauthlib": {"handlers": [], "level": "WARNING", "propagate": True},
        "oauthlib": {"handlers": [], "level": "WARNING", "propagate": True},
        "google": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}

if not BASE_URL.startswith(("http://", "https://")):
    raise ImproperlyConfigured("BASE_URL must begin with http:// or https://, for example https://book.example.org.")
