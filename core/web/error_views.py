"""Pages for when something went wrong, in plain words and with a way on.

`hms_project.urls` names the handlers. `render_error` serves views that must answer
with such a page themselves (409 for a lost race, 503 while the database is away).
"""

from __future__ import annotations

import logging
import sys
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from core.errors import is_busy, is_outage
from core.site import site_facts
from core.web import refusals

logger = logging.getLogger(__name__)

# These must work when the session, the user or the database can't be had: no request, so no context processor runs.
_STANDALONE = {400, 413, 500, 503}
_RETRY_AFTER_SECONDS = "5"
_LAST_RESORT = (
    "<!doctype html><html lang='en'><meta charset='utf-8'><title>Something went wrong</title>"
    "<h1>Something went wrong</h1><p>This isn’t your fault. Please try again in a minute.</p></html>"
)


def render_error(
    request: HttpRequest, status: int, *, message: str = "", context: dict[str, Any] | None = None
) -> HttpResponse:
    """Answer with `errors/<status>.html`.

    `message` is a sentence for the person, shown under the heading in place of the stock one;
    never the text of an exception. `context` is for templates that extend the stock page.
    """
    values = {"hospital": site_facts(), "status": status, "message": message, **(context or {})}
    try:
        body: str = render_to_string(f"errors/{status}.html", values, None if status in _STANDALONE else request)
    except Exception:
        logger.exception("The page for status %s could not be drawn", status)
        body = _LAST_RESORT
    response = HttpResponse(body, status=status)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response["Retry-After"] = _RETRY_AFTER_SECONDS
    return response


@login_not_required
def handler400(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The request made no sense."""
    return render_error(request, 400)


@login_not_required
def handler403(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Signed in, but this is for somebody else's role."""
    return render_error(request, 403)


@login_not_required
def handler404(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No such page, or not this person's to see: the two read alike."""
    return render_error(request, 404)


@login_not_required
def handler429(request: HttpRequest) -> HttpResponse:
    """Too many tries; django-allauth looks this name up in the URL configuration."""
    return render_error(request, 429)


@login_not_required
def handler500(request: HttpRequest) -> HttpResponse:
    """Our fault. What went away outside a view is a 503, as it is inside one."""
    error = sys.exc_info()[1]
    return unavailable(request, error) if error and is_outage(error) else render_error(request, 500)


def unavailable(request: HttpRequest, error: BaseException) -> HttpResponse:
    """Something was away. The next request connects anew: perhaps to another machine, which is the primary now."""
    refusals.outage(error)
    if not is_busy(error):
        for connection in connections.all(initialized_only=True):
            if not connection.in_atomic_block:
                connection.close()
    return render_error(request, 503)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """`CSRF_FAILURE_VIEW`: mostly a page left open over a sign-in or sign-out."""
    response = render_error(request, 403, context={"stale_form": True})
    response.stale_form = True  # type: ignore[attr-defined] # for the audit trail, which has no entry of nobody's
    return response
