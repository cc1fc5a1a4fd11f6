"""A doctor of the directory as cards and lists show them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import get_language, ngettext

from accounts.models import User
from core.formats import clock_time, initials, iso, long_date, money
from doctors.directory.selectors import Listing
from doctors.own_clock import on_clock_of
from doctors.presenters import SlotWords, doctor_url, link_for, slot_words


@dataclass(frozen=True, slots=True)
class DoctorCard:
    """What `components/doctor_card.html` shows, in words. Equal cards look the same, so they are drawn once."""

    name: str
    initials: str
    url: str
    specialization: str
    department: str
    qualification: str
    experience: str
    price: str
    rating: float | None
    rating_count: int
    next_free: str
    next_free_iso: str
    times: tuple[SlotWords, ...]


def card(listing: Listing, reader: User | AnonymousUser) -> DoctorCard:
    doctor = listing.doctor
    name, department = doctor.display_name, doctor.department.name
    link = link_for(reader, doctor)
    next_free = on_clock_of(doctor, listing.next_free_at) if listing.next_free_at else None
    day = long_date(next_free)
    return DoctorCard(
        name=name,
        initials=_initials(name),
        url=doctor_url(doctor),
        specialization=doctor.specialization,
        department=department if department != doctor.specialization else "",
        qualification=doctor.qualification,
        experience=_experience(doctor.years_of_experience, get_language()),
        price=money(doctor.consultation_fee_cents),
        rating=doctor.rating,
        rating_count=doctor.rating_count,
        next_free=f"{day}, {clock_time(next_free)}" if next_free else "",
        next_free_iso=iso(next_free),
        times=tuple(slot_words(map(link, listing.times), name, day)),
    )


@lru_cache(maxsize=1_000)  # as their names (core/text/names.py)
def _initials(name: str) -> str:
    return initials(name)


@lru_cache(maxsize=200)
def _experience(years: int, _language: str | None) -> str:
    return experience_words(years)


def experience_words(years: int) -> str:
    if not years:
        return ""
    return ngettext("%(count)s year’s experience", "%(count)s years’ experience", years) % {"count": years}
