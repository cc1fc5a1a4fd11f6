"""Where an appointment is found: its page, its doctor's page, and the place to go to."""

from __future__ import annotations

from datetime import date
from functools import cache

from django.conf import settings
from django.urls import reverse

from bookings.models import Booking
from doctors.models import DoctorProfile

SAMPLE = "2222-2222"  # a reference, and a slug


def place_of(doctor: DoctorProfile) -> str:
    """Where to go: the doctor's room and the hospital's address."""
    return "\n".join(filter(None, [doctor.room, f"{settings.HOSPITAL_NAME}, {settings.HOSPITAL_ADDRESS}"]))


def detail_url(booking: Booking) -> str:
    return step_url(booking, "bookings:detail")


def step_url(booking: Booking, name: str) -> str:
    """An address of the appointment's own by its name, as `reverse` has it: lists say dozens."""
    return _sample_url(name).replace(SAMPLE, booking.reference)


@cache
def _sample_url(name: str) -> str:
    return reverse(name, args=[SAMPLE])


def review_url(booking: Booking) -> str:
    return step_url(booking, "bookings:review")


def doctor_url(doctor: DoctorProfile, day: date | None = None) -> str:
    """The doctor's page, on the free times of `day` when given."""
    return _sample_url("doctors:profile").replace(SAMPLE, doctor.slug) + (f"?date={day.isoformat()}" if day else "")
