"""When a form that was not taken is kept, and when it is offered again (accounts/drafts/services.py keeps it)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.drafts import cookie
from accounts.drafts import services as drafts
from accounts.models import User
from core.forms.typed import filled_in
from core.web import error_views
from core.web.next_url import safe_next

logger = logging.getLogger(__name__)
# A form that is answered so will never be taken at this address.
_CLOSED = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE})


class DraftMiddleware:
    """Keeps what was sent and not taken; shows it to the same person again, in the form it was typed into.

    A cookie, which says nothing else, tells that something may wait: without it no page asks the cache.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method == "POST" and drafts.FIELD in request.POST:
            response = self._sent(request)
        else:
            response = self._looked_at(request)
        if getattr(request, "draft_kept", False):
            cookie.set_on(response)
        return response

    def _sent(self, request: HttpRequest) -> HttpResponseBase:
        by = getattr(request.user, "pk", None)
        response = self.get_response(request)
        if request.path == reverse("accounts:keep_draft") or getattr(request, "draft_kept", False):
            return response  # kept by now, by `csrf_failure`
        leads_to_sign_in = urlsplit(response.get("Location", "")).path == resolve_url(settings.LOGIN_URL)
        if leads_to_sign_in and not request.user.is_authenticated:
            return _kept_till_sign_in(request, drafts.typed_by(request)) or response
        owner = drafts.typed_by(request) if by else None
        if owner is None or owner.pk != by or "HX-Request" in request.headers:
            return response
        if _was_taken(request, response):
            if cookie.is_there(request) or drafts.KEPT in request.POST:
                drafts.was_taken(by, urls=_urls(request), fields=request.POST)
        elif response.status_code not in _CLOSED:
            _keep(request, owner)
        return response

    def _looked_at(self, request: HttpRequest) -> HttpResponseBase:
        asks = request.method == "GET" and "HX-Request" not in request.headers and cookie.is_there(request)
        if not asks or not request.user.is_authenticated:
            return self.get_response(request)
        draft = drafts.of(request.user.pk, request.get_full_path())
        if draft is None:
            return self.get_response(request)
        request.draft_offered = True  # type: ignore[attr-defined]  # the notice: components/draft_notice.html
        with filled_in(draft.fields):
            return self.get_response(request)


@require_POST
@login_not_required
def keep_draft(request: HttpRequest) -> HttpResponse:
    """A page that is left with something typed sends it here (static/js/drafts.js). Nobody reads the answer.

    The page's own mark says for whom it is: its session may be over. Who else is signed in by now changes nothing.
    """
    return _keep_page(request, drafts.typed_by(request))


def _keep_page(request: HttpRequest, owner: drafts.Owner | None) -> HttpResponse:
    page, is_over = _page(request), not request.user.is_authenticated
    if owner is None or not (is_over or request.user.pk == owner.pk) or page == request.get_full_path():
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    if ratelimit.consume(request, action="keep_draft", key=str(owner.pk)) and not _keep(request, owner, urls=[page]):
        drafts.drop(owner.pk, urls=[page])  # emptied again
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


@require_POST
def drop_draft(request: HttpRequest) -> HttpResponse:
    """Start with an empty form."""
    page = safe_next(request, resolve_url(settings.LOGIN_REDIRECT_URL))
    drafts.drop(request.user.pk or 0, urls=[page])
    return redirect(page)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """`CSRF_FAILURE_VIEW`. A page of one's own left open over another sign-in is shown again, filled in."""
    user, owner = request.user, drafts.typed_by(request)
    if user.is_authenticated and request.path == resolve_url(settings.LOGIN_URL) and "login" in request.POST:
        return redirect(safe_next(request, resolve_url(settings.LOGIN_REDIRECT_URL)))
    if owner is None or "HX-Request" in request.headers:
        return error_views.csrf_failure(request, reason)
    if user.is_authenticated and owner.pk != user.pk:
        logger.warning("A form of another person's page was sent; nothing of it is kept or shown")
        return error_views.csrf_failure(request, reason)
    if request.path == reverse("accounts:keep_draft"):
        response = _keep_page(request, owner)
    elif not user.is_authenticated:
        response = _kept_till_sign_in(request, owner) or error_views.csrf_failure(request, reason)
    elif _keep(request, owner):
        response = redirect(_page(request))
    else:
        response = error_views.csrf_failure(request, reason)
    if getattr(request, "draft_kept", False):  # the middleware above is never reached
        cookie.set_on(response)
    return response


def offer_at_sign_in(sender: Any, request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """`user_logged_in`: what was typed in another browser is looked for once."""
    if drafts.any_of(user.pk):
        request.draft_kept = True  # type: ignore[attr-defined]


def _was_taken(request: HttpRequest, response: HttpResponseBase) -> bool:
    """A form that is taken leads on; a view that shows the next page at once says so itself (`form_taken`)."""
    leads_on = HTTPStatus.MULTIPLE_CHOICES <= response.status_code < HTTPStatus.BAD_REQUEST
    return leads_on or getattr(request, "form_taken", False)


def _keep(request: HttpRequest, owner: drafts.Owner, *, urls: list[str] | None = None) -> bool:
    kept = drafts.keep(owner, urls=urls or _urls(request), fields=request.POST)
    if kept:
        request.draft_kept = True  # type: ignore[attr-defined]
    return kept


def _kept_till_sign_in(request: HttpRequest, owner: drafts.Owner | None) -> HttpResponse | None:
    if owner is None or not _keep(request, owner):
        return None
    query = {"next": _page(request), "kept": "yes"} | (
        {"timed_out": "yes"} if getattr(request.session, "timed_out", False) else {}
    )
    return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode(query, safe='/')}")


def _urls(request: HttpRequest) -> list[str]:
    """A form may be sent elsewhere than to the page it stands on; it waits for both."""
    return list(dict.fromkeys([_page(request), request.get_full_path()]))


def _page(request: HttpRequest) -> str:
    """The page the form stood on, when the browser says; else where it was sent to."""
    said = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(said, {request.get_host()}, require_https=request.is_secure()):
        return request.get_full_path()
    page = urlsplit(said)._replace(scheme="", netloc="", fragment="").geturl()
    return page if page.startswith("/") else request.get_full_path()
