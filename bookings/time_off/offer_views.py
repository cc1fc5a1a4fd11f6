"""Times offered in place of an appointment whose doctor is away (B6): one click accepts, another declines them all."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from bookings.choices import Status
from bookings.holds.selectors import offers_of
from bookings.links import detail_url
from bookings.models import Booking
from bookings.presenters import already_moved_words, by_day, move_url, moved_words, when_words
from bookings.services import move as moving
from bookings.shortcuts import visible_booking
from bookings.time_off import offers as service
from core import clock
from core.errors import DomainError
from core.web.refusal_pages import refused
from doctors.own_clock import clock_note, on_clock_of
from doctors.presenters import plain_slot


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Can.WAIT)
def offers(request: SignedInRequest, reference: str) -> HttpResponse:
    """GET: the times that are held. POST `slot`: the appointment is moved to it. POST `decline`: all are let go."""
    now = clock.now()
    booking = visible_booking(request, reference)
    if request.method == "POST" and "decline" in request.POST:
        return _decline(request, booking, now)
    if request.method == "POST":
        return _accept(request, booking, _slot_id(request.POST.get("slot", "")), now)
    if booking.successor:
        return redirect("bookings:detail", booking.successor.reference)
    return _page(request, booking, now)


def _slot_id(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise Http404 from None


def _page(request: SignedInRequest, booking: Booking, now: datetime, problem: str = "") -> HttpResponse:
    held = offers_of(booking, now)
    times = [plain_slot(hold.slot, booking.doctor) for hold in held]
    context = {
        "booking_when": when_words(booking),
        "is_request": booking.status == Status.PENDING,
        "doctor_name": booking.doctor.display_name,
        "clock_note": clock_note(time.starts_at for time in times),
        "days": by_day(times),
        "until": on_clock_of(booking.doctor, max(hold.until for hold in held)) if held else None,
        "keep_url": detail_url(booking),
        "move_url": move_url(booking),
        "problem": problem,
    }
    return render(request, "bookings/time_off/offers.html", context)


def _refused(request: SignedInRequest, booking: Booking, now: datetime, error: DomainError) -> HttpResponse:
    return refused(error, lambda: _page(request, booking, now, str(error.message)))


def _accept(request: SignedInRequest, booking: Booking, slot_id: UUID, now: datetime) -> HttpResponse:
    if booking.successor and booking.successor.slot_id == slot_id:
        return redirect("bookings:detail", booking.successor.reference)  # the button was pressed twice
    try:
        new = service.accept(booking=booking, slot_id=slot_id, by=request.user, now=now)
    except moving.AlreadyMoved:
        now_at = visible_booking(request, booking.reference).successor or booking
        messages.info(request, already_moved_words(now_at))
        return redirect("bookings:detail", now_at.reference)
    except DomainError as error:
        return _refused(request, booking, now, error)
    messages.success(request, moved_words(new))
    return redirect("bookings:detail", new.reference)


def _decline(request: SignedInRequest, booking: Booking, now: datetime) -> HttpResponse:
    try:
        service.decline_all(booking=booking, by=request.user, now=now)
    except DomainError as error:
        return _refused(request, booking, now, error)
    declined = (
        _("You declined the times. Your request stays as it is, and we’ll contact you.")
        if booking.status == Status.PENDING
        else _("You declined the times. Your appointment stays as it is, and we’ll contact you.")
    )
    messages.info(request, declined)
    return redirect("bookings:detail", booking.reference)
