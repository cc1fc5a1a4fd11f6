"""Each request says who is at work, from where, on which page; and what it was refused is written down."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from audit import context, services
from audit.choices import Kind
from core.web.logs import actor_role, request_id

GetResponse = Callable[[HttpRequest], HttpResponse]


_REFUSALS: dict[int, Kind] = {HTTPStatus.FORBIDDEN: Kind.REFUSED, HTTPStatus.TOO_MANY_REQUESTS: Kind.THROTTLED}


class AuditMiddleware:
    """After the authentication middleware. Asks the database nothing."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        facts = {"request": request_id.get(), "place": request.method, "address": context.address_of(request)}
        actor = context.actor_facts(request.user)
        actor_role.set(actor.get("role", ""))  # RequestIdMiddleware takes it back
        with context.audit_context(**facts, **actor):
            response = self.get_response(request)
            kind = _REFUSALS.get(response.status_code)
            if kind and not _is_nobodys_stale_form(request, response):
                context.add(place=context.place_of(request))
                services.refused(kind)
            return response

    def process_view(self, request: HttpRequest, *_: object) -> None:
        context.add(place=context.place_of(request))


def _is_nobodys_stale_form(request: HttpRequest, response: HttpResponse) -> bool:
    """A form without its token, sent by somebody who is not signed in: any script does that, and nothing was asked."""
    return getattr(response, "stale_form", False) and not request.user.is_authenticated
