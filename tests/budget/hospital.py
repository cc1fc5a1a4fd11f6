"""The same hospital each time: twelve doctors with free times, a patient with a past, a day that has begun."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client, RequestFactory

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import make_staff, sign_in
from bookings.models import Booking
from bookings.services.steps import check_in, complete, confirm
from bookings.tests.conftest import NOW
from bookings.tests.factories import make_booking
from core.web import micro_cache
from doctors.models import DoctorProfile, Slot
from doctors.tests.factories import DepartmentFactory, make_doctor, make_slot
from patients.models import PatientProfile
from patients.tests.factories import make_patient
from tests.budget.counting import Request

DOCTORS, FREE_TIMES, TO_BOOK = 12, 6, 16
UPCOMING, PAST, TODAY = 5, 20, 6
TOKEN = "k" * 32


@dataclass(frozen=True)
class Step:
    """Something people do, and what comes of it: a status, and words of the page. `before` each time, not counted."""

    ask: Request
    status: int = 200
    says: str = ""
    before: Callable[[], object] = lambda: None


def as_browser(user: User) -> RequestFactory:
    """A browser in which they are signed in, with the cookie that a form has given it."""
    client = Client()
    sign_in(client, user)
    browser = RequestFactory()
    browser.cookies.load({name: morsel.value for name, morsel in client.cookies.items()})
    browser.cookies[settings.CSRF_COOKIE_NAME] = TOKEN
    return browser


def get(browser: RequestFactory, path: str) -> WSGIRequest:
    return browser.get(path, headers={"Accept-Encoding": "gzip", "User-Agent": "Firefox"})


def booked(slot: Slot, patient: PatientProfile) -> Booking:
    made = min(NOW, slot.starts_at) - timedelta(hours=3)
    return confirm(booking=make_booking(slot=slot, patient=patient, now=made), by=slot.doctor.user, now=made)


class BudgetHospital:
    """Filled once for each test; `steps` are the pages and steps that have a budget, by name."""

    def __init__(self) -> None:
        department = DepartmentFactory()
        self.doctors = [make_doctor(department=department) for _ in range(DOCTORS)]
        for doctor in self.doctors:
            for number in range(FREE_TIMES):
                make_slot(doctor, starts_at=self.at(1 + number // 3, number % 3))
        self.patient = make_patient()
        self.coming = [booked(self.slot(day=10 + n, hour=n), self.patient) for n in range(UPCOMING)]
        for number in range(PAST):
            past = booked(self.slot(day=-1 - number, hour=1), self.patient)
            check_in(booking=past, by=past.doctor.user, now=past.starts_at)
            complete(booking=past, by=past.doctor.user, now=past.ends_at)
        for number in range(2 * TODAY):
            doctor, hour = self.doctors[number // TODAY], number % TODAY - 1
            booked(self.slot(doctor, hour=hour), make_patient())
        self.taken = booked(self.slot(day=3, hour=0), make_patient()).slot

    def at(self, day: int, hour: int) -> datetime:
        return NOW + timedelta(days=day, hours=hour)

    def slot(self, doctor: DoctorProfile | None = None, *, day: int = 0, hour: int = 0) -> Slot:
        return make_slot(doctor or self.doctors[0], starts_at=self.at(day, hour))

    def booking_form(self, patient: RequestFactory, slots: Iterator[Slot]) -> Request:
        """The form of the page "Check your answers", each time for the next time and with a key of its own."""

        def ask() -> WSGIRequest:
            slot = next(slots)
            typed = {"reason": "Cough", "notes": "", "doctor": slot.doctor.slug, "idempotency_key": uuid4().hex}
            return patient.post(f"/bookings/new/?slot={slot.pk}", typed | {"csrfmiddlewaretoken": TOKEN})

        return ask

    def steps(self) -> dict[str, Step]:
        stranger = RequestFactory()
        patient, doctor = as_browser(self.patient.user), as_browser(self.doctors[0].user)
        desk = as_browser(make_staff(StaffRole.RECEPTION))
        to_book = iter([self.slot(self.doctors[1], day=20 + n) for n in range(TO_BOOK)])
        page, reference = f"/doctors/{self.doctors[2].slug}/", self.coming[0].reference
        free = Slot.objects.free().filter(doctor=self.doctors[3])[0]
        forget: dict[str, Any] = {"before": micro_cache.copies.clear}

        def opened(browser: RequestFactory, path: str, **facts: Any) -> Step:
            return Step(lambda: get(browser, path), **facts)

        return {
            "front page, for a stranger": opened(stranger, "/", **forget),
            "directory, for a stranger": opened(stranger, "/doctors/", **forget),
            "directory, from memory": opened(stranger, "/doctors/"),
            "directory, for a patient": opened(patient, "/doctors/"),
            "doctor's page, for a stranger": opened(stranger, page, **forget),
            "doctor's page, from memory": opened(stranger, page),
            "doctor's page, for a patient": opened(patient, page),
            "signing in": opened(stranger, "/accounts/login/"),
            "check your answers": opened(patient, f"/bookings/new/?slot={free.pk}"),
            "booking": Step(self.booking_form(patient, to_book), status=302),
            "booking what somebody else has": Step(
                self.booking_form(patient, cycle([self.taken])), status=409, says="Someone has just taken this time"
            ),
            "an appointment": opened(patient, f"/bookings/{reference}/"),
            "patient's home": opened(patient, "/patient/"),
            "doctor's home": opened(doctor, "/doctor/"),
            "doctor's appointments": opened(doctor, "/doctor/appointments/"),
            "doctor's week": opened(doctor, "/doctor/availability/"),
            "the desk's day": opened(desk, "/staff/desk/"),
        }
