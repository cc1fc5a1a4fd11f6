"""`/calendar/`: one's own Google Calendar (E1)."""

from __future__ import annotations

from typing import cast

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from accounts.models import User
from accounts.permissions import Can, requires
from accounts.signing_in.confirmation import requires_confirmed_email
from accounts.signing_in.recent_sign_in import requires_recent_sign_in
from core import clock
from core.errors import DomainError
from core.web.refusal_pages import refused_back
from integrations.google_calendar import attempts, config, oauth, selectors, services
from integrations.google_calendar.forms import ConnectForm, DisconnectForm
from integrations.google_calendar.presenters import settings_page

form_page = require_http_methods(["GET", "HEAD", "POST"])
SETTINGS = "calendar:settings"
_LONGEST_CODE = 2_000  # characters


def person(request: HttpRequest) -> User:
    """Who is signed in, as `requires` has made sure."""
    assert request.user.is_authenticated  # noqa: S101  for the type checker
    return request.user


@require_safe
@requires(Can.CONNECT_CALENDAR)
def settings(request: HttpRequest) -> HttpResponse:
    """Whether one's calendar is connected, and what to do about it."""
    page = settings_page(selectors.own_connection(person(request)), is_on=config.is_on())
    return render(request, "google_calendar/settings.html", {"page": page})


@form_page
@requires(Can.CONNECT_CALENDAR)
@requires_recent_sign_in
@requires_confirmed_email
def connect(request: HttpRequest) -> HttpResponse:
    """What will be shared; the POST leads to Google's consent page."""
    if not config.is_on():
        return redirect(SETTINGS)
    if selectors.is_leaving(person(request)):
        messages.info(request, _("We’re still disconnecting your calendar at Google. Try again in a minute."))
        return redirect(SETTINGS)
    shared = selectors.own_connection(person(request))
    form = ConnectForm(
        request.POST if request.method == "POST" else None,
        user=person(request),
        initial={"busy_times": shared is not None and shared.closes_busy_times},
    )
    if form.is_valid():
        busy_times = bool(form.cleaned_data.get("busy_times"))
        address, state, attempt = oauth.start(user_id=person(request).pk, busy_times=busy_times, now=clock.now())
        attempts.remember(request.session, state, attempt)
        return redirect(address)
    return _leading_to_google(request, {"form": form, "is_doctor": person(request).is_doctor})


def _leading_to_google(request: HttpRequest, context: dict[str, object]) -> HttpResponse:
    """The one page whose form may end at Google: browsers hold `form-action` against where a POST redirects to."""

    @csp_update({"form-action": [SELF, config.auth_origin()]})
    def page(request: HttpRequest) -> HttpResponse:
        return render(request, "google_calendar/connect.html", context)

    return cast("HttpResponse", page(request))


@form_page
@requires(Can.CONNECT_CALENDAR)
def disconnect(request: HttpRequest) -> HttpResponse:
    """Asks first; the POST stops at once, and has Google told."""
    connection = selectors.own_connection(person(request))
    if connection is None:
        return redirect(SETTINGS)
    form = DisconnectForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.disconnect(user=person(request), keep_events=form.cleaned_data["keep_events"], now=clock.now())
        except DomainError as error:
            return refused_back(request, error, SETTINGS)
        messages.success(request, _("Your Google Calendar has been disconnected."))
        return redirect(SETTINGS)
    return render(request, "google_calendar/disconnect.html", {"form": form})


@login_not_required
def callback(request: HttpRequest) -> HttpResponse:
    """Where Google sends the browser back to. Signed out, the way leads through sign-in, and the code is left behind.

    The answer is always a redirect, so that no code stays in the address bar, in the history or in a Referer.
    """
    if not request.user.is_authenticated:
        messages.warning(request, _("You’ve been signed out. Sign in, then connect your calendar again."))
        return redirect_to_login(reverse(SETTINGS))
    return _back_from_google(request)


@require_GET
@requires(Can.CONNECT_CALENDAR)
def _back_from_google(request: HttpRequest) -> HttpResponse:
    if config.is_on():
        try:
            _finish(request)
        except DomainError as error:
            return refused_back(request, error, SETTINGS)
        messages.success(request, _("Your Google Calendar is connected. Your upcoming appointments will appear in it."))
    return redirect(SETTINGS)


def _finish(request: HttpRequest) -> None:
    """Raises the sentences of `oauth`, and Busy."""
    now, user = clock.now(), person(request)
    attempt = attempts.take(request.session, request.GET.get("state", ""), user_id=user.pk, now=now)
    if attempt is None:
        raise oauth.StartAgain
    if request.GET.get("error") == "access_denied":
        raise oauth.ConsentRefused
    code = request.GET.get("code", "")
    if "error" in request.GET or not 0 < len(code) <= _LONGEST_CODE:
        raise oauth.NotAnswered
    grant = oauth.finish(attempt=attempt, code=code)
    services.connect(user=user, grant=grant, busy_times=attempt.busy_times, now=now)
