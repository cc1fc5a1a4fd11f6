"""Finding the appointment of an address."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from bookings import selectors
from bookings.models import Booking


def visible_booking(request: HttpRequest, reference: str) -> Booking:
    """The appointment, when it is the reader's to see. Raises Http404: another person's reads like none at all (A7)."""
    booking = selectors.booking_by_reference(request.user, reference)
    if booking is None:
        raise Http404
    return booking
