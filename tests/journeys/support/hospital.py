"""What stands in the hospital before a journey begins."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.urls import reverse

from bookings.models import Booking
from doctors.models import DoctorProfile, Slot
from doctors.tests.factories import DepartmentFactory, make_doctor, make_slot


def doctor_with_times(now: datetime, *, days: int = 1, count: int = 3, **facts: str | bool) -> DoctorProfile:
    """A doctor free at 10:00am, 11:00am ... `days` after the morning `now`."""
    department = DepartmentFactory(name="Heart and vessels")
    doctor = make_doctor(department=department, biography="I listen first.", room="Building B, room 12", **facts)
    first = now.replace(hour=10) + timedelta(days=days)
    for number in range(count):
        make_slot(doctor, starts_at=first + timedelta(hours=number))
    return doctor


def slots_of(doctor: DoctorProfile) -> list[Slot]:
    return list(Slot.objects.filter(doctor=doctor).order_by("starts_at"))


def main_pages(booking: Booking) -> dict[str, list[str]]:
    """The pages people use, by who uses them."""
    everybody = ["/", "/doctors/", f"/doctors/{booking.doctor.slug}/", "/accounts/login/", "/accounts/signup/"]
    everybody += ["/accounts/signup/patient/", "/accounts/signup/doctor/"]
    own = [reverse("bookings:detail", args=[booking.reference]), reverse("bookings:cancel", args=[booking.reference])]
    free = booking.doctor.slots.filter(state="FREE").earliest("starts_at")
    return {
        "nobody": everybody,
        "patient": [
            *(
                "/calendar/",
                "/calendar/feed/",
                "/patient/",
                "/patient/bookings/",
                "/patient/profile/",
                f"/bookings/new/?slot={free.pk}",
            ),
            *("/accounts/password/change/", *own),
        ],
        "reception": [
            "/staff/desk/",
            "/staff/book/",
            f"/staff/book/?q={booking.patient.full_name.split()[0]}",
            f"/staff/book/?patient={booking.patient.pk}",
            f"/staff/book/?patient={booking.patient.pk}&doctor={booking.doctor.slug}",
            f"/staff/book/?new=1&doctor={booking.doctor.slug}&time={free.pk}",
            reverse("bookings:desk_booked", args=[booking.reference]),
            own[0],
        ],
        "doctor": [
            *(
                "/calendar/",
                "/calendar/feed/",
                "/doctor/",
                "/doctor/appointments/",
                "/doctor/availability/",
                "/doctor/profile/",
            ),
            *("/doctor/availability/slots/new/", "/doctor/availability/day/new/", *own),
            *(f"/doctor/availability/slots/{free.pk}/{act}/" for act in ("edit", "delete")),
        ],
    }
