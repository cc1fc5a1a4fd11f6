"""The note about what a doctor did to an appointment in their own calendar."""

from __future__ import annotations

import hashlib

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from accounts.signing_in.confirmation import requires_confirmed_email
from accounts.signing_in.recent_sign_in import ask_for_recent_sign_in, requires_recent_sign_in
from bookings.calendars import feeds, reconcile
from bookings.calendars.ics import calendar_feed
from bookings.shortcuts import visible_booking
from core import clock
from core.crypto import Unreadable
from core.errors import DomainError
from core.site import site_facts
from core.web.links import absolute_url
from core.web.refusal_pages import refused_back


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Can.SEE_OWN_CLINIC)
def calendar_note(request: SignedInRequest, reference: str) -> HttpResponse:
    """The doctor has read it: it is shown no more. There is nothing to look at here."""
    booking = visible_booking(request, reference)
    if request.method != "POST":
        return redirect("bookings:detail", booking.reference)
    try:
        reconcile.read_note(booking=booking)
    except DomainError as error:
        return refused_back(request, error, "bookings:detail", booking.reference)
    return redirect("bookings:detail", booking.reference)


form_page = require_http_methods(["GET", "HEAD", "POST"])


HEADERS = {
    "Cache-Control": "private, max-age=300",
    "Content-Disposition": 'inline; filename="appointments.ics"',
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


@require_safe
@login_not_required
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """For calendars, which have no session: the address itself is the key. 304 while nothing has changed."""
    now = clock.now()
    owner = feeds.owner_of(token)
    if owner is None:
        raise Http404
    body = calendar_feed(
        feeds.feed_bookings(owner, now),
        for_patient=owner.is_patient,
        name=_("%(hospital)s: appointments") % {"hospital": site_facts()["name"]},
    )
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=HEADERS)
    response["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    answer = get_conditional_response(request, etag=response["ETag"], response=response)
    assert isinstance(answer, HttpResponse)  # noqa: S101  for the type checker
    return answer


@require_safe
@requires(Can.CONNECT_CALENDAR)
def settings(request: SignedInRequest) -> HttpResponse:
    """One's own address, if there is one."""
    found = feeds.feed_of(request.user)
    if found is None:
        return render(request, "bookings/calendars/feeds.html", {"address": "", "feed": None})
    ask_for_recent_sign_in(request)  # whoever reads the address can read all appointments from then on
    try:
        token = feeds.token_of(found)
    except Unreadable:
        token = ""
    address = absolute_url("bookings:feed", token) if token else ""
    return render(request, "bookings/calendars/feeds.html", {"address": address, "feed": found})


@form_page
@requires(Can.CONNECT_CALENDAR)
@requires_recent_sign_in
@requires_confirmed_email
def new(request: SignedInRequest) -> HttpResponse:
    """The POST makes an address; when there is one already, it asks first, for that one ends."""
    if request.method != "POST":
        if feeds.feed_of(request.user) is None:
            return redirect("bookings:feeds")
        return render(request, "bookings/calendars/feed_replace.html")
    try:
        feeds.make_feed(user=request.user, now=clock.now())
    except DomainError as error:
        return refused_back(request, error, "bookings:feeds")
    messages.success(request, _("Your calendar address is ready."))
    return redirect("bookings:feeds")


@form_page
@requires(Can.CONNECT_CALENDAR)
def revoke(request: SignedInRequest) -> HttpResponse:
    """Asks first; after the POST there is nothing at the address."""
    if feeds.feed_of(request.user) is None:
        return redirect("bookings:feeds")
    if request.method != "POST":
        return render(request, "bookings/calendars/feed_revoke.html")
    try:
        feeds.revoke_feed(user=request.user)
    except DomainError as error:
        return refused_back(request, error, "bookings:feeds")
    messages.success(request, _("Your calendar address is gone. Calendars that used it get nothing any more."))
    return redirect("bookings:feeds")
