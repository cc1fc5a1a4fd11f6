"""The cookie that says something typed may wait, and nothing else: without it no page asks the cache.

The page that sends what was typed sets it itself (static/js/drafts.js): it may be asked for anew before the answer to
what it sent has come. The server sets it too, where it keeps a form that was sent to it.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase


def is_there(request: HttpRequest) -> bool:
    return settings.DRAFT_COOKIE_NAME in request.COOKIES


def set_on(response: HttpResponseBase) -> None:
    response.set_cookie(
        settings.DRAFT_COOKIE_NAME,
        "1",
        max_age=settings.FORM_DRAFT_MINUTES * 60,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def as_text() -> str:
    """The same cookie, as a script sets it."""
    response = HttpResponse()
    set_on(response)
    cookie = response.cookies[settings.DRAFT_COOKIE_NAME]
    cookie["expires"] = ""  # of now; `max-age` says it of whenever it is set
    return cookie.OutputString()
