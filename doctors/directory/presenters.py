"""A doctor of the directory as cards and lists show them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from doctors.directory.selectors import Listing
from doctors.own_clock import on_clock_of
from doctors.presenters import doctor_url, link_for


def card(listing: Listing, reader: User | AnonymousUser) -> dict[str, Any]:
    """What `components/doctor_card.html` shows to `reader`."""
    doctor = listing.doctor
    link = link_for(reader, doctor)
    return {
        "name": doctor.display_name,
        "url": doctor_url(doctor),
        "specialization": doctor.specialization,
        "department": doctor.department.name,
        "qualification": doctor.qualification,
        "years_of_experience": doctor.years_of_experience,
        "fee_cents": doctor.consultation_fee_cents,
        "rating": doctor.rating,
        "rating_count": doctor.rating_count,
        "next_free": on_clock_of(doctor, listing.next_free_at) if listing.next_free_at else None,
        "times": [link(slot) for slot in listing.times],
    }
