"""The page of one appointment, and its calendar file."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from bookings import selectors
from bookings.appointment.page import AppointmentPage
from bookings.calendars.ics import calendar_file
from bookings.choices import LIVE, Status
from bookings.holds.selectors import answer_to_offers
from bookings.reviews.selectors import review_of
from bookings.services.read_trail import appointment_read
from bookings.shortcuts import visible_booking
from core import clock


@require_safe
def detail(request: SignedInRequest, reference: str) -> HttpResponse:
    """The appointment; for its patient, right after booking and until it begins, under "Appointment booked".

    The reference of a visit that was moved since leads on to where it stands now; `?was` shows the earlier time itself.
    """
    now = clock.now()
    booking = visible_booking(request, reference)
    current = selectors.current_of(request.user, booking)
    if current != booking and "was" not in request.GET:
        moved = (
            _("%(reference)s has been moved. This is the request now.")
            if current.status == Status.PENDING
            else _("%(reference)s has been moved. This is the appointment now.")
        )
        messages.info(request, moved % {"reference": booking.reference})
        return redirect("bookings:detail", current.reference)
    appointment_read(booking, viewer=request.user)
    changes = list(selectors.history(booking))
    review = review_of(booking) if booking.status == Status.COMPLETED else None
    offers = answer_to_offers(booking, now) if booking.status in LIVE else ""
    page = AppointmentPage(booking, viewer=request.user, changes=changes, review=review, offers=offers, now=now)
    return render(request, "bookings/appointment/detail.html", {"page": page})


@require_safe
def calendar(request: SignedInRequest, reference: str) -> HttpResponse:
    """The appointment as a file for any calendar; also a cancelled one, so that it leaves the calendar.

    In calendars a moved appointment is still the same one: its file is that of the new time.
    """
    booking = visible_booking(request, reference)
    if booking.successor:
        return redirect("bookings:calendar_file", booking.successor.reference)
    changes = list(selectors.history(booking))
    body = calendar_file(booking, for_patient=request.user.is_patient, changed_at=changes[-1].at)
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="appointment-{booking.reference}.ics"'
    return response
