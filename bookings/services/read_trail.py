"""Whoever is shown why somebody else comes, or what is known of their health, stands in the audit trail (H4)."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.models import User
from accounts.permissions import Can, may
from audit import services as audit
from bookings.actors import actor_of
from bookings.models import Booking
from bookings.states import Actor


def appointment_read(booking: Booking, *, viewer: User) -> None:
    """The whole page of one appointment: why they come, when they were born, to the doctor their allergies."""
    if actor_of(viewer, booking) != Actor.PATIENT:
        audit.personal_data_read([booking.patient], what="appointment")


def list_read(bookings: Iterable[Booking], *, viewer: User, what: str) -> None:
    """A list that says beside each name why they come. Those who said nothing are no news."""
    if may(viewer, Can.READ_REASONS):
        others = (booking for booking in bookings if booking.reason and actor_of(viewer, booking) != Actor.PATIENT)
        audit.personal_data_read((booking.patient for booking in others), what=what)
