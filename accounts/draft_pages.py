"""When a form that can't be taken is kept, and when it is offered again (accounts/drafts.py keeps it)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from accounts import drafts
from accounts.models import User
from core import error_views
from core.next_url import safe_next
from core.typed_fields import filled_in

logger = logging.getLogger(__name__)
FOUND = 302


class DraftMiddleware:
    """Keeps what nobody was signed in to send; shows it to the same person again, in the form it was typed into."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method == "POST" and drafts.FIELD in request.POST:
            return self._sent(request)
        waits_here = request.method == "GET" and "HX-Request" not in request.headers and _waits_here(request)
        return self._offered(request) if waits_here else self.get_response(request)

    def _sent(self, request: HttpRequest) -> HttpResponseBase:
        by, waits_here = getattr(request.user, "pk", None), _waits_here(request)
        response = self.get_response(request)
        leads_to_sign_in = urlsplit(response.get("Location", "")).path == resolve_url(settings.LOGIN_URL)
        if leads_to_sign_in and not request.user.is_authenticated:
            return _kept_till_sign_in(request) or response
        if by and waits_here and response.status_code == FOUND:
            drafts.drop(by)
            request.session.pop(drafts.NOTE, None)
        return response

    def _offered(self, request: HttpRequest) -> HttpResponseBase:
        draft = drafts.of(request.user.pk)
        if draft is None:
            request.session.pop(drafts.NOTE, None)
            return self.get_response(request)
        messages.info(request, _("We've kept what you typed here. Check it and send it once more."))
        with filled_in(draft.fields):
            return self.get_response(request)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """`CSRF_FAILURE_VIEW`. A page of one's own left open over another sign-in is shown again, filled in."""
    user, owner = request.user, drafts.typed_by(request)
    if user.is_authenticated and request.path == resolve_url(settings.LOGIN_URL) and "login" in request.POST:
        return redirect(safe_next(request, resolve_url(settings.LOGIN_REDIRECT_URL)))
    if owner is None or "HX-Request" in request.headers:
        return error_views.csrf_failure(request, reason)
    if not user.is_authenticated:
        return _kept_till_sign_in(request) or error_views.csrf_failure(request, reason)
    if owner != user.pk:
        logger.warning("A form of another person's page was sent; nothing of it is kept or shown")
        return error_views.csrf_failure(request, reason)
    paths = _paths(request)
    if not drafts.keep(owner, paths=paths, fields=request.POST):
        return error_views.csrf_failure(request, reason)
    request.session[drafts.NOTE] = paths
    return redirect(_page(request))


def offer_at_sign_in(sender: Any, request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """`user_logged_in`: looked for once, so that no other page has to ask. Somebody else's note goes."""
    request.session.pop(drafts.NOTE, None)
    draft = drafts.of(user.pk)
    if draft:
        request.session[drafts.NOTE] = draft.paths


def _waits_here(request: HttpRequest) -> bool:
    """Only the session is asked, and only of a browser that has one."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return False
    return request.path in request.session.get(drafts.NOTE, ())


def _kept_till_sign_in(request: HttpRequest) -> HttpResponse | None:
    owner = drafts.typed_by(request)
    if owner is None or not drafts.keep(owner, paths=_paths(request), fields=request.POST):
        return None
    query = {"next": _page(request), "kept": "yes"} | ({"timed_out": "yes"} if request.session.timed_out else {})
    return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode(query, safe='/')}")


def _paths(request: HttpRequest) -> list[str]:
    """A form may be sent elsewhere than to the page it stands on; it waits for both."""
    return list(dict.fromkeys([request.path, urlsplit(_page(request)).path]))


def _page(request: HttpRequest) -> str:
    """The page the form stood on, when the browser says; else where it was sent to."""
    said = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(said, {request.get_host()}, require_https=request.is_secure()):
        return request.get_full_path()
    page = urlsplit(said)._replace(scheme="", netloc="", fragment="").geturl()
    return page if page.startswith("/") else request.get_full_path()
