"""A receptionist's browser, and a day with everybody in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from bookings.models import Booking
from bookings.services.cancel import cancel
from bookings.services.steps import check_in, complete, mark_no_show
from bookings.tests.conftest import NOW
from bookings.tests.people import booked, browser_of, confirmed, slot_in
from doctors.models import DoctorProfile
from patients.tests.factories import make_patient

BOOK = "/staff/book/"
WANDA = {"full_name": "Wanda Walker", "date_of_birth": "31 3 1980", "phone": "020 7946 0999", "email": ""}
NUMBER = "k3m9q2x7w5b8"  # of somebody new, in the address


def receptionist() -> Client:
    return browser_of(make_staff(StaffRole.RECEPTION))


def comes(name: str, doctor: DoctorProfile, *, minutes: int, **facts: Any) -> Booking:
    """Confirmed, `minutes` from NOW."""
    return confirmed(
        slot=slot_in(doctor, minutes=10, hours=minutes / 60), patient=make_patient(full_name=name, **facts)
    )


def arrives(booking: Booking, at: datetime = NOW) -> Booking:
    return check_in(booking=booking, by=booking.doctor.user, now=at)


def a_whole_day(doctor: DoctorProfile) -> dict[str, Booking]:
    """At NOW, nine in the morning: one of each standing, named after it."""
    day = {
        "done": comes("Dora Done", doctor, minutes=-60),
        "missed": comes("Mia Missed", doctor, minutes=-45),
        "late": comes("Leo Late", doctor, minutes=-12),
        "here": comes("Hanna Here", doctor, minutes=15),
        "coming": comes("Carl Coming", doctor, minutes=30),
        "pending": booked(slot=slot_in(doctor, hours=1), patient=make_patient(full_name="Pia Pending")),
        "cancelled": comes("Cora Cancelled", doctor, minutes=90),
    }
    by = doctor.user
    arrives(day["done"], NOW - timedelta(minutes=65))
    complete(booking=day["done"], by=by, now=NOW - timedelta(minutes=30))
    mark_no_show(booking=day["missed"], by=by, now=NOW - timedelta(minutes=20))
    arrives(day["here"], NOW - timedelta(minutes=7))
    cancel(booking=day["cancelled"], by=by, reason="The doctor is ill.", now=NOW - timedelta(minutes=5))
    return day


def page_of(response: Any) -> Any:
    return response.context["page"]


def rows_of(response: Any) -> dict[str, Any]:
    """By the patient's first name."""
    page = page_of(response)
    return {
        row.name.split()[0]: row
        for row in [*(r for column in page.doctors for r in [*column.rows, *column.done]), *page.cancelled]
    }


def counts_of(response: Any) -> dict[str, int]:
    return {count.standing.value: count.count for count in page_of(response).counts}


# Booking for somebody on the phone


def names(response: Any) -> list[str]:
    return [person.name for person in response.context["who"].found]


def times(response: Any) -> list[datetime]:
    return [time.starts_at for day in response.context["when"].days for time in day.times]


def address(**query: Any) -> str:
    return reverse("bookings:desk_book") + "?" + "&".join(f"{name}={value}" for name, value in query.items())


def sends(desk: Client, url: str, **typed: Any) -> Any:
    return desk.post(url, {"key": uuid4().hex, "reason": "", **typed})
