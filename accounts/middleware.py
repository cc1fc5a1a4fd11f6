"""Signing in, as every request meets it: whose session, when it ends, and whether the second step was passed in it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.contrib.sessions.middleware import SessionMiddleware as DjangoSessionMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect

from accounts.second_factor.services import is_needed_by, was_passed_in
from accounts.selectors import has_second_factor
from accounts.services import AccountChanged
from accounts.sessions import RequestOrigin
from accounts.signing_in import pending_sign_in
from accounts.signing_in.browsers import browser_in_words
from accounts.signing_in.hashing import turnstile
from accounts.signing_in.overload import ask_to_come_back
from core.crypto import Unreadable
from core.web.error_views import render_error

logger = logging.getLogger(__name__)
UNREADABLE = _(
    "We can’t open something that we keep encrypted for you. We’ve been told. Please try again later, or call us."
)
GetResponse = Callable[[HttpRequest], HttpResponseBase]

# What somebody who must set a second factor up may reach before: the way there, and the way out.
WITHOUT_SECOND_FACTOR = {
    *("accounts:security", "accounts:second_factor", "accounts:passkeys", "accounts:remove_passkey"),
    *("accounts:end_session", "accounts:end_other_sessions", "accounts:verify", "accounts:email"),
    *(
        "accounts:proposed_email",
        "accounts:confirm_email",
        "account_confirm_email",
        "account_change_password",
        "account_reauthenticate",
    ),
    *("mfa_activate_totp", "mfa_add_webauthn", "mfa_edit_webauthn", "mfa_view_recovery_codes"),
    *("mfa_download_recovery_codes", "mfa_generate_recovery_codes", "mfa_reauthenticate"),
    *("mfa_reauthenticate_webauthn", "account_logout", "livez", "readyz"),
}


class SessionMiddleware(DjangoSessionMiddleware):
    """Django's, whose sessions also know where they are used, and which tells who was signed out by the clock."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.session.visit = RequestOrigin(
            ip=get_client_ip(request),
            browser=browser_in_words(request.headers.get("User-Agent", "")),
            by_itself="X-By-Itself" in request.headers,
        )

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if _leads_to_sign_in(response) and (request.session.timed_out or "HX-Request" in request.headers):
            response = _to_sign_in(request, response)
        response = super().process_response(request, response)
        if not _is_gone_to(request):
            _leave_session_cookie(response)
        return response


def _is_gone_to(request: HttpRequest) -> bool:
    """Whether somebody goes to this page, as their browser says; not what a page asks or sends by itself."""
    return request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"


def _leave_session_cookie(response: HttpResponseBase) -> None:
    """Django takes the cookie of a session that is over away. An answer nobody waits for may come late, and would take
    that of a sign-in made meanwhile; the next page does it as well.
    """
    cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
    if cookie is not None and not cookie.value:
        del response.cookies[settings.SESSION_COOKIE_NAME]


def _leads_to_sign_in(response: HttpResponseBase) -> bool:
    where = urlsplit(response.get("Location", ""))
    return where.path == resolve_url(settings.LOGIN_URL) and bool(where.query)


def _to_sign_in(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Says why, and comes back to the page that was open; a part of a page takes the whole window there."""
    query = dict(parse_qsl(urlsplit(response["Location"]).query))
    query["next"] = _page_that_was_open(request) or query.get("next", "")
    query |= {"timed_out": "yes"} if request.session.timed_out else {}
    where = f"{resolve_url(settings.LOGIN_URL)}?{urlencode(query, safe='/')}"
    return HttpResponseClientRedirect(where) if "HX-Request" in request.headers else redirect(where)


def _page_that_was_open(request: HttpRequest) -> str:
    """Where a part of a page or a form was, which can't be gone back to itself; empty for a page or when unknown."""
    if request.method == "GET" and "HX-Request" not in request.headers:
        return ""
    said = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(said, {request.get_host()}, require_https=request.is_secure()):
        return ""
    return urlsplit(said)._replace(scheme="", netloc="", fragment="").geturl()


class CrowdMiddleware:
    """While as many sign in as can, the next are asked to come back, before anything is looked up for them."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        signs_in = request.method == "POST" and request.path_info == resolve_url(settings.LOGIN_URL)
        return ask_to_come_back(request) if signs_in and turnstile.is_full else self.get_response(request)


class SecondFactorMiddleware:
    """Whoever has a second step has passed it in this very session; staff without one are led to set one up first.

    That the account has a second step says nothing of who sits here: this session may be older than the step, begun
    by somebody who knows the password alone. It is over, whichever role it is of.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        user = request.user
        if not user.is_authenticated:
            return _begin_again(request) if pending_sign_in.end_if_outdated(request) else None
        if has_second_factor(user):
            return None if was_passed_in(request) else _sign_in_again(request)
        if not is_needed_by(user) or _is_way_there(request):
            return None
        where = reverse("accounts:security")
        return HttpResponseClientRedirect(where) if "HX-Request" in request.headers else redirect(where)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """What no key opens (core/crypto.py) is our fault and no page's own: a calm sentence, and a line in the log.

        Whoever's account was changed while the page was at work has no session any more.
        """
        if isinstance(error, AccountChanged):
            logout(request)
            messages.error(request, error.message)
            return redirect("accounts:login")
        if not isinstance(error, Unreadable):
            return None
        logger.error("No key opens what is sealed, asked for by %s", getattr(request.resolver_match, "view_name", "?"))
        return render_error(request, 503, message=UNREADABLE)


def _sign_in_again(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.info(request, _("Please sign in again, with your second step."))
    return redirect_to_login(request.get_full_path())


def _begin_again(request: HttpRequest) -> HttpResponse | None:
    """Whoever waited at the second step; on any other page they are a stranger like others."""
    if request.resolver_match is None or request.resolver_match.view_name != "mfa_authenticate":
        return None
    messages.info(request, _("Please sign in again."))
    return redirect(settings.LOGIN_URL)


def _is_way_there(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.view_name in WITHOUT_SECOND_FACTOR
