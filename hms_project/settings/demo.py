"""`python3 run.py`: the whole system on this machine, with sample people and secrets made on first use."""

from __future__ import annotations

from hms_project import env
from hms_project.settings.base import *  # noqa: F403
from hms_project.settings.base import HMS_HOME
from hms_project.settings.secrets import kept_secret

SECRET_KEY = env.text("SECRET_KEY") or kept_secret(HMS_HOME, "secret_key")
DEBUG = env.flag("DEBUG", default=False)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
BASE_URL = env.text("BASE_URL", f"http://localhost:{env.text('PORT', '8000')}").rstrip("/")
DATABASES = {"default": env.database(embedded=True)}

DEMO = True
DEV_PAGES = True
