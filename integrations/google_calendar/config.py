"""What the settings say about Google."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

EVENTS_SCOPE = "https://www.googleapis.com/auth/calendar.events.owned"
BUSY_SCOPE = "https://www.googleapis.com/auth/calendar.freebusy"
TIMEOUT_SECONDS = 5.0


def is_on() -> bool:
    """Whether an administrator has registered this site with Google."""
    return bool(settings.GOOGLE_CLIENT_ID)


def auth_origin() -> str:
    """Where the consent page is, for the form that leads there (CSP `form-action` follows redirects)."""
    parts = urlsplit(settings.GOOGLE_AUTH_URI)
    return f"{parts.scheme}://{parts.netloc}"


def client_config() -> dict[str, Any]:
    """As google-auth-oauthlib wants it."""
    return {
        "web": {
            "client_id": settings.GOOGLE_CLIENT_ID,
            "client_secret": settings.GOOGLE_CLIENT_SECRET,
            "auth_uri": settings.GOOGLE_AUTH_URI,
            "token_uri": settings.GOOGLE_TOKEN_URI,
            "redirect_uris": [settings.GOOGLE_REDIRECT_URI],
        }
    }


def scopes(*, busy_times: bool) -> list[str]:
    """No more than is needed: one's own events; when one is busy only for who asked for it."""
    return [EVENTS_SCOPE, BUSY_SCOPE] if busy_times else [EVENTS_SCOPE]


def allow_plain_http_at_home() -> None:
    """Let oauthlib speak plain HTTP, only when all of it stays on this machine.

    oauthlib knows no narrower switch than its environment variable; with Google's own addresses it is never set.
    """
    addresses = (settings.GOOGLE_REDIRECT_URI, settings.GOOGLE_AUTH_URI, settings.GOOGLE_TOKEN_URI)
    if all(urlsplit(address).hostname in {"localhost", "127.0.0.1"} for address in addresses):
        os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
