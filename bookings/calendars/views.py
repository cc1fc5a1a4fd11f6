"""The note about what a doctor did to an appointment in their own calendar."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.permissions import Can, requires
from bookings.calendars import reconcile
from bookings.shortcuts import visible_booking
from core.errors import DomainError


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Can.SEE_OWN_CLINIC)
def read(request: HttpRequest, reference: str) -> HttpResponse:
    """The doctor has read it: it is shown no more. There is nothing to look at here."""
    booking = visible_booking(request, reference)
    if request.method != "POST":
        return redirect("bookings:detail", booking.reference)
    try:
        reconcile.read_note(booking=booking)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("bookings:detail", booking.reference)
