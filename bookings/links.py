"""Where an appointment is found: its page, its doctor's page, and the place to go to."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from django.conf import settings
from django.urls import reverse

from bookings.models import Booking
from doctors.models import DoctorProfile


def place_of(doctor: DoctorProfile) -> str:
    """Where to go: the doctor's room and the hospital's address."""
    return "\n".join(filter(None, [doctor.room, f"{settings.HOSPITAL_NAME}, {settings.HOSPITAL_ADDRESS}"]))


def detail_url(booking: Booking) -> str:
    return _detail_url(booking.reference)


@lru_cache(maxsize=1_000)
def _detail_url(reference: str) -> str:
    """Kept, because all that is told of one appointment says it several times over."""
    return reverse("bookings:detail", args=[reference])


def review_url(booking: Booking) -> str:
    return reverse("bookings:review", args=[booking.reference])


def doctor_url(doctor: DoctorProfile, day: date | None = None) -> str:
    """The doctor's page, on the free times of `day` when given."""
    return reverse("doctors:profile", args=[doctor.slug]) + (f"?date={day.isoformat()}" if day else "")
