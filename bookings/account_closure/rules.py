"""What becomes of an appointment whose patient's account is closed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from accounts.models import User
from bookings.actors import actor_of
from bookings.models import Booking
from bookings.permissions import refusal_to_cancel
from core.errors import DomainError


class ClosureDecision(StrEnum):
    """What becomes of an appointment whose patient's account is closed."""

    KEEP = "keep"
    CANCEL = "cancel"


def choices_of(booking: Booking, by: User, now: datetime) -> list[ClosureDecision]:
    """What `by` may decide about an appointment: patients cancel until the cut-off only, nobody who is here already."""
    return [ClosureDecision.KEEP] if refusal_to_close(booking, by, now) else list(ClosureDecision)


def refusal_to_close(booking: Booking, by: User, now: datetime) -> DomainError | None:
    return refusal_to_cancel(booking, actor_of(by, booking), now)
