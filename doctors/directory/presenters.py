"""A doctor of the directory as cards and lists show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext, ngettext

from accounts.models import User
from core.formats import clock_time, here_and_there, initials, iso, long_date, money
from doctors.directory.selectors import Listing
from doctors.own_clock import on_clock_of
from doctors.presenters import SlotLink, doctor_url, link_for


def card(listing: Listing, reader: User | AnonymousUser) -> dict[str, Any]:
    """What `components/doctor_card.html` shows to `reader`, in words: a page has many cards."""
    doctor = listing.doctor
    name, department = doctor.display_name, doctor.department.name
    link = link_for(reader, doctor)
    next_free = on_clock_of(doctor, listing.next_free_at) if listing.next_free_at else None
    day = long_date(next_free)
    return {
        "name": name,
        "initials": initials(name),
        "url": doctor_url(doctor),
        "specialization": doctor.specialization,
        "department": department if department != doctor.specialization else "",
        "qualification": doctor.qualification,
        "experience": experience_words(doctor.years_of_experience),
        "price": money(doctor.consultation_fee_cents),
        "rating": doctor.rating,
        "rating_count": doctor.rating_count,
        "next_free": f"{day}, {clock_time(next_free)}" if next_free else "",
        "next_free_iso": iso(next_free),
        "times": card_times(map(link, listing.times), name, day),
    }


def experience_words(years: int) -> str:
    if not years:
        return ""
    return ngettext("%(count)s year’s experience", "%(count)s years’ experience", years) % {"count": years}


def card_times(links: Iterable[SlotLink], name: str, day: str) -> list[dict[str, str]]:
    """Times of one day, as `components/time_link.html` says them."""
    sentence = gettext("%(elsewhere)s with %(doctor)s on %(day)s")
    times = []
    for link in links:
        shown, elsewhere = here_and_there(link.starts_at)
        said = sentence % {"elsewhere": elsewhere, "doctor": name, "day": day} if link.url else elsewhere
        times.append({"url": link.url, "iso": iso(link.starts_at), "shown": shown, "said": said})
    return times
