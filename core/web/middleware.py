"""What every request passes through, before any of the hospital's own rules."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

from csp.constants import HEADER
from csp.middleware import CheckableLazyObject, CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse

from core.errors import Busy, Overloaded, is_outage
from core.web import health, refusals
from core.web.clean_input import refuse_unclean
from core.web.error_views import render_error, unavailable
from core.web.logs import actor_role, request_id

GetResponse = Callable[[HttpRequest], HttpResponse]

_OUR_REQUEST_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")
PAGE_METHODS = ("GET", "HEAD", "POST")
API_METHODS = (*PAGE_METHODS, "DELETE", "OPTIONS", "PATCH", "PUT")


class RequestIdMiddleware:
    """Give each request an id: our own, or a sane one from our proxy (`BEHIND_PROXY`). A visitor's is not believed."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = request.headers.get("X-Request-ID", "") if settings.BEHIND_PROXY else ""
        token = request_id.set(sent if _OUR_REQUEST_ID.match(sent) else secrets.token_hex(8))
        role = actor_role.set("")
        try:
            with refusals.traced():
                response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            return response
        finally:
            actor_role.reset(role)
            request_id.reset(token)


class HealthMiddleware:
    """Probes ask by the address of a machine: they are answered whatever `Host` says, and before all that needs it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = health.PROBES.get(request.path_info)
        return answer(request) if answer else self.get_response(request)


class UnavailableMiddleware:
    """While database or cache are away, or everybody signs in at once, people get a calm 503 and not a 500."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if is_outage(error):
            return unavailable(request, error)
        if isinstance(error, Overloaded):
            refusals.outage(error)
        if isinstance(error, Overloaded | Busy):
            return render_error(request, 503, message=str(error.message))
        return None


class CleanInputMiddleware:
    """Refuse what no browser sends: methods no page has (405), what core/web/clean_input.py finds (400, 413)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        methods = API_METHODS if request.path_info.startswith("/api/") else PAGE_METHODS
        if request.method not in methods:
            return HttpResponse(status=405, headers={"Allow": ", ".join(methods)})
        try:
            refuse_unclean(request)
        except RequestDataTooBig:
            return TooBig(request)
        return self.get_response(request)


class TooBig(HttpResponse):
    """413, sent before the body was read; then what still comes of it is thrown away, within bounds.

    A connection closed while the other side still sends is reset, and the answer lost (RFC 9112, 9.6). That it is
    closed and not used again, and that no single read waits for ever, the web server sees to (gunicorn.conf.py).
    """

    MOST, LONGEST = 25_000_000, 5.0  # bytes, seconds

    def __init__(self, request: HttpRequest) -> None:
        page = render_error(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        super().__init__(page.content, status=page.status_code)
        self._request = request

    def close(self) -> None:
        super().close()
        left, until = self.MOST, time.monotonic() + self.LONGEST
        with suppress(OSError):
            while left > 0 and time.monotonic() < until:
                read = len(self._request.read(65_536))
                left -= read or left


class SecurityHeadersMiddleware:
    """Headers Django has no setting for."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


class ContentPolicyMiddleware(CSPMiddleware):
    """django-csp's. A page that says nothing of its own has the policy of all, whose text is made once."""

    _of_all: tuple[object, str] = (None, "")

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:  # type: ignore[override]
        speaks = any(name.startswith("_csp") for name in vars(response)) or getattr(request, "_csp_nonce", None)
        if speaks or HEADER in response or settings.DEBUG:
            return super().process_response(request, response)  # type: ignore[return-value]
        policy = settings.CONTENT_SECURITY_POLICY
        if self._of_all[0] is not policy:
            ContentPolicyMiddleware._of_all = policy, build_policy()
        response[HEADER] = self._of_all[1]
        # A nonce that is asked for only now would stand in no header.
        request.csp_nonce = CheckableLazyObject(self._csp_nonce_post_response)  # type: ignore[attr-defined]
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
