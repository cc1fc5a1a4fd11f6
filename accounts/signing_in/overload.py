"""When everybody signs in at once (hashing.py beside this): who can't be served is asked to come back, calmly."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from core.site import site_facts
from core.web.next_url import safe_next

COME_BACK = 5  # seconds
LONGEST_NAME = 254


def ask_to_come_back(request: HttpRequest) -> HttpResponse:
    """The sign-in form again, all but the password filled in; drawn without session, account or database.

    The token is the posted one: it fits the cookie as long as the browser has it.
    """
    facts = {
        "hospital": site_facts(),
        "login": request.POST.get("login", "")[:LONGEST_NAME],
        "remember": "remember" in request.POST,
        "token": request.POST.get("csrfmiddlewaretoken", "")[:LONGEST_NAME],
        "next_url": safe_next(request),
    }
    body = render_to_string("accounts/signing_in/overloaded.html", facts)
    headers = {"Retry-After": str(COME_BACK), "Cache-Control": "no-store"}
    return HttpResponse(body, status=HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)
