"""Production: no default secret, HTTPS only, a named PostgreSQL server."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from hms_project import env
from hms_project.settings.base import *  # noqa: F403
from hms_project.settings.base import BASE_URL, GOOGLE_CLIENT_ID, GOOGLE_REDIRECT_URI

SHORTEST_SECRET_KEY = 40  # characters

SECRET_KEY = env.required("SECRET_KEY", why="a long random text; it signs sessions and links.")
if len(SECRET_KEY) < SHORTEST_SECRET_KEY:
    raise ImproperlyConfigured(f"SECRET_KEY is too short: use at least {SHORTEST_SECRET_KEY} random characters.")
if env.flag("DEBUG", default=False):
    raise ImproperlyConfigured("DEBUG must not be true in production: error pages would show internals.")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("Set ALLOWED_HOSTS to the names this site is reached by, for example book.example.org.")
env.required("BASE_URL", why="links in messages begin with it, for example https://book.example.org.")
if not BASE_URL.startswith("https://"):
    raise ImproperlyConfigured("BASE_URL must begin with https:// in production.")
DATABASES = {"default": env.database(embedded=False)}

FIELD_ENCRYPTION_KEYS = env.fernet_keys(
    env.words_required("FIELD_ENCRYPTION_KEYS", why="Fernet keys, separated by commas, the newest first.")
)
EMAIL_SERVICE_SECRETS = env.webhook_secrets(
    env.words_required("EMAIL_SERVICE_SECRETS", why="the secrets shared with the e-mail function, the newest first.")
)
env.required("EMAIL_SERVICE_URL", why="where the e-mail function takes its POST.")
if env.required("CELERY_BROKER_URL", why="the Redis or RabbitMQ that wakes the workers.").startswith("filesystem:"):
    raise ImproperlyConfigured(
        "CELERY_BROKER_URL must be a Redis or RabbitMQ in production: a folder reaches one machine."
    )
if GOOGLE_CLIENT_ID and not GOOGLE_REDIRECT_URI.startswith("https://"):
    raise ImproperlyConfigured("GOOGLE_REDIRECT_URI must begin with https:// in production, as registered with Google.")

DEMO = False

SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]  # probes speak plain HTTP inside the cluster
SECURE_HSTS_SECONDS = 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-hms_session"
CSRF_COOKIE_NAME = "__Host-hms_csrf"
KNOWN_BROWSER_COOKIE_NAME = "__Host-hms_known"
DRAFT_COOKIE_NAME = "__Host-hms_typed"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
BEHIND_PROXY = env.flag("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1  # else everybody shares the proxy's address, and its limits of sign-ins
