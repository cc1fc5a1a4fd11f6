"""Each request says who is at work, from where, on which page; and what it was refused is written down."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from audit import context, services
from audit.choices import Kind
from core.logs import request_id

GetResponse = Callable[[HttpRequest], HttpResponse]


_REFUSALS = {HTTPStatus.FORBIDDEN: Kind.REFUSED, HTTPStatus.TOO_MANY_REQUESTS: Kind.THROTTLED}


class AuditMiddleware:
    """After the authentication middleware. Asks the database nothing."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        facts = {"request": request_id.get(), "place": request.method, "address": context.address_of(request)}
        with context.saying(**facts, **context.actor_facts(request.user)):
            response = self.get_response(request)
            kind = _REFUSALS.get(response.status_code)
            if kind:
                context.add(place=context.place_of(request))
                services.refused(kind)
            return response

    def process_view(self, request: HttpRequest, *_: object) -> None:
        context.add(place=context.place_of(request))
