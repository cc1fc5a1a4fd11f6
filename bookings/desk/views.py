"""The reception desk's day: who comes, who is here, who is late (H1). What is done about it is a step of a visit."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from bookings import selectors
from bookings.desk.day_page import DeskPage, has_news
from bookings.desk.forms import DeskFilterForm
from bookings.links import detail_url
from bookings.models import Booking
from bookings.services.read_trail import list_read
from core import clock
from core.clock import hospital_day


@require_safe
@requires(Can.RUN_DESK)
def day(request: SignedInRequest) -> HttpResponse:
    """`?date= &department= &doctor= &status= &q=`. A whole reference in `q` leads straight to its appointment."""
    now = clock.now()
    found = selectors.booking_by_reference(request.user, request.GET.get("q", ""))
    if found is not None:
        url = detail_url(selectors.current_of(request.user, found))
        return HttpResponseClientRedirect(url) if request.htmx else redirect(url)  # type: ignore[attr-defined]
    form = DeskFilterForm(request.GET, today=hospital_day(now))
    page, bookings = _page(request, form, now)
    list_read(bookings, viewer=request.user, what="desk's day")
    return render(request, "bookings/desk/day.html", {"page": page, "form": form})


@require_safe
@requires(Can.RUN_DESK)
@never_cache
def board(request: SignedInRequest) -> HttpResponse:
    """The day alone, for the open page that asks again; 204 while nothing has changed since the version `seen`.

    A page that showed `today` goes on to the new day at midnight.
    """
    now = clock.now()
    form = DeskFilterForm(request.GET, today=hospital_day(now))
    if request.GET.get("today", form.today.isoformat()) != form.today.isoformat():
        return HttpResponseClientRedirect(form.filters().address(date=""))
    page, bookings = _page(request, form, now)
    seen = request.GET.get("seen", "")
    if seen == page.version:
        return HttpResponse(status=204)
    list_read(bookings, viewer=request.user, what="desk's day")
    return render(request, "bookings/desk/_update.html", {"page": page, "is_news": has_news(seen, page)})


def _page(request: SignedInRequest, form: DeskFilterForm, now: datetime) -> tuple[DeskPage, list[Booking]]:
    filters = form.filters()
    bookings = list(selectors.desk_day(request.user, filters.day, now))
    return DeskPage(bookings, request.user, filters, now), bookings
