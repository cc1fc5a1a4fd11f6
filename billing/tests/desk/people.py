"""Short ways to a visit that is over, a line as it is typed, and what a list shows."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from bookings.models import Booking
from bookings.services.steps import check_in, complete
from bookings.tests.people import confirmed

HOSTILE = "<script>alert(1)</script>"


def completed(fee: int = 8_000) -> Booking:
    """An appointment of two hours ago that is over; nothing bills it by itself."""
    booking = confirmed(hours=-2)
    Booking.objects.filter(pk=booking.pk).update(fee_cents=fee)
    check_in(booking=booking, by=booking.doctor.user, now=booking.starts_at)
    return complete(booking=booking, by=booking.doctor.user, now=booking.ends_at)


def line(number: int = 0, **said: str) -> dict[str, str]:
    facts = {"description": "Certificate", "quantity": "1", "unit": "80", "discount": "", "tax": "E:0", **said}
    return {f"line{number}_{name}": value for name, value in facts.items()}


def list_of(client: Client, **query: str) -> Any:
    response = client.get(reverse("billing:desk"), query)
    assert response.status_code == 200
    return response


def named(response: Any) -> list[str]:
    """The numbers in a list, in its order."""
    return [row.name for row in response.context["page"].rows]
