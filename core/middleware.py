"""What every request passes through, before any of the hospital's own rules."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from core.error_views import render_error
from core.logs import request_id

GetResponse = Callable[[HttpRequest], HttpResponse]

_OUR_REQUEST_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")
# Everything a person can type is allowed; NUL and the other C0 controls (tab and line ends aside) are not typed.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class RequestIdMiddleware:
    """Give each request an id: the proxy's when it sends a sane one, else our own."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = request.headers.get("X-Request-ID", "")
        token = request_id.set(sent if _OUR_REQUEST_ID.match(sent) else secrets.token_hex(8))
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            return response
        finally:
            request_id.reset(token)


class UnavailableMiddleware:
    """While the database is away people get a calm 503 with Retry-After, not a 500."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, OperationalError | InterfaceError):
            return unavailable(request)
        return None


def unavailable(request: HttpRequest) -> HttpResponse:
    response = render_error(request, 503)
    response["Retry-After"] = "5"
    return response


class CleanInputMiddleware:
    """Refuse what no browser form sends: odd methods (405) and control characters in an address (400)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in _METHODS:
            return HttpResponse(status=405, headers={"Allow": ", ".join(sorted(_METHODS))})
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> None:
        values = [value for _, many in request.GET.lists() for value in many]
        if any(_CONTROL.search(text) for text in (request.path_info, *request.GET, *values)):
            raise BadRequest("control character in the address")


class SecurityHeadersMiddleware:
    """Headers Django has no setting for."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class PrivatePagesMiddleware:
    """What a signed-in person sees stays out of every cache, also the browser's after signing out."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.setdefault("Cache-Control", "no-store, private")
        return response
