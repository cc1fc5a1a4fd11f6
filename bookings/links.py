"""Where an appointment is found: its page, its doctor's page, and the place to go to."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from bookings.models import Booking
from core.site import site_facts
from doctors.models import DoctorProfile


def place_of(doctor: DoctorProfile) -> str:
    """Where to go: the doctor's room and the hospital's address."""
    site = site_facts()
    return "\n".join(filter(None, [doctor.room, f"{site['name']}, {site['address']}"]))


def detail_url(booking: Booking) -> str:
    return reverse("bookings:detail", args=[booking.reference])


def review_url(booking: Booking) -> str:
    return reverse("bookings:review", args=[booking.reference])


def doctor_url(doctor: DoctorProfile, day: date | None = None) -> str:
    """The doctor's page, on the free times of `day` when given."""
    return reverse("doctors:profile", args=[doctor.slug]) + (f"?date={day.isoformat()}" if day else "")
