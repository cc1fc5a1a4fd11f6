"""One view that turns a time into a booking, and nothing else: lock it, look, write both, answer.

Signed-in people only, by a session in the database, with Django's CSRF check; seven statements a booking.
"""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.views.decorators.http import require_POST

application = get_wsgi_application()

from bench.reference import locks  # noqa: E402  models, which need the settings
from bench.reference.models import PlainBooking  # noqa: E402


def create_booking(slot_id: int, patient_id: int) -> PlainBooking | None:
    """None for a time that somebody else has by now."""
    with transaction.atomic():
        slot = locks.slot(slot_id)
        if slot.is_booked:
            return None
        booking = PlainBooking.objects.create(slot=slot, patient_id=patient_id)
        slot.is_booked = True
        slot.save(update_fields=["is_booked"])
    return booking


@require_POST
@login_required
def book(request: HttpRequest, slot_id: int) -> HttpResponse:
    booking = create_booking(slot_id, request.user.pk)
    if booking is None:
        messages.error(request, "This time has just been taken.")
        return HttpResponseRedirect("/")
    messages.success(request, "Booked.")
    return HttpResponseRedirect(f"/bookings/{booking.pk}/")


urlpatterns = [path("book/<int:slot_id>/", book)]
