"""In which capacity a person acts on an appointment."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.choices import Role
from accounts.models import User
from bookings import states
from bookings.models import Booking
from bookings.states import Actor


def actor_of(user: User, booking: Booking) -> Actor:
    """In which capacity `user` acts on `booking`. Raises TransitionRefused when in none."""
    if user.role == Role.STAFF:
        return Actor.STAFF
    if booking.doctor.user_id == user.pk:
        return Actor.DOCTOR
    if user.pk in {booking.patient.user_id, booking.patient.guardian_id}:
        return Actor.PATIENT
    raise states.TransitionRefused(_("This isn’t your appointment."))
