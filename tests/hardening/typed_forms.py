"""Forms of all rooms as people fill them in, with the marks their pages really carry."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import StaffFactory, make_staff, verify
from bookings.models import Booking
from bookings.tests.conftest import NOW
from bookings.tests.desk.people import NUMBER
from bookings.tests.people import booked, new_address, slot_in
from core import clock
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from patients.tests.factories import make_patient
from tests.hardening.forms_of_pages import controls_of

WORDS = "Zugluft im Wartezimmer"
LOGIN, KEEP, DROP = reverse("account_login"), reverse("accounts:keep_draft"), reverse("accounts:drop_draft")


def a_patient() -> User:
    return make_patient().user


def a_doctor() -> User:
    return make_doctor().user


def a_manager() -> User:
    return verify(StaffFactory(is_superuser=True, is_staff=True))


def a_receptionist() -> User:
    return make_staff(StaffRole.RECEPTION)


def desk_address(patient: PatientProfile | None) -> str:
    slot = slot_in()
    who = {"patient": patient.pk} if patient else {"new": NUMBER, "q": "Nobody Known"}
    query = urlencode(who | {"doctor": slot.doctor.slug, "time": slot.pk})
    return f"{reverse('bookings:desk_book')}?{query}"


def booking_of(user: User) -> Booking:
    return booked(patient=PatientProfile.objects.get(user=user), days=3)


# who, the page of the form, a field people type into
FORMS: dict[str, tuple[Callable[[], User], Callable[[User], str], str]] = {
    "booking, reason": (a_patient, lambda _: new_address(slot_in()), "reason"),
    "booking, notes": (a_patient, lambda _: new_address(slot_in()), "notes"),
    "booking at the desk": (a_receptionist, lambda _: desk_address(make_patient()), "reason"),
    "a caller nobody knows": (a_receptionist, lambda _: desk_address(None), "full_name"),
    "cancelling": (a_patient, lambda user: reverse("bookings:cancel", args=[booking_of(user).reference]), "reason"),
    "waiting list": (a_patient, lambda _: reverse("bookings:waiting_join", args=[make_doctor().slug]), "last_day"),
    "one's own details as a patient": (a_patient, lambda _: reverse("patients:edit_profile"), "full_name"),
    "one's own details": (a_manager, lambda _: reverse("accounts:me"), "full_name"),
    "somebody looked after": (a_patient, lambda _: reverse("patients:person_new"), "full_name"),
    "weekly hours": (a_doctor, lambda _: reverse("doctors:weekly"), "day0_0_from"),
    "weekly hours, a further range": (a_doctor, lambda _: reverse("doctors:weekly"), "day0_2_to"),
    "a doctor's profile": (a_doctor, lambda _: reverse("doctors:edit_profile"), "biography"),
    "time off": (a_doctor, lambda _: reverse("bookings:time_off_new"), "note"),
    "the admin, something new": (a_manager, lambda _: reverse("admin:doctors_department_add"), "name"),
    "the admin, a patient": (
        a_manager,
        lambda _: reverse("admin:patients_patientprofile_change", args=[make_patient().pk]),
        "full_name",
    ),
}
# Where words can't be typed; "Add a range" makes the last one, by a POST.
ANSWERS = {"day0_0_from": "13:37", "day0_2_to": "13:37", "last_day": "2031-03-04"}
ONLY_IN_AN_ANSWER = {"day0_2_to": {"act": "more"}}
# What the form can't be taken with, or only shows what it would do.
REFUSED: dict[str, dict[str, str]] = {
    "booking, notes": {"reason": "x" * 9_000},
    "a caller nobody knows": {},
    "one's own details as a patient": {"date_of_birth": "never"},
    "somebody looked after": {},
    "weekly hours": {"act": "preview"},
    "a doctor's profile": {},
    "time off": {},
    "the admin, something new": {"slug": "no slug"},
    "the admin, a patient": {"date_of_birth": "never"},
}


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """For tests that import it: a fixed hour of a working day, and no second step in between."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    settings.STAFF_NEED_SECOND_FACTOR = False


class Page:
    """A form somebody filled in, with the marks it really carried."""

    def __init__(self, kind: str) -> None:
        who, where, self.field = FORMS[kind]
        self.words = ANSWERS.get(self.field, WORDS)
        self.user = who()
        self.path = where(self.user)
        self.client = Client(enforce_csrf_checks=True)
        self.client.force_login(self.user)
        self.typed: dict[str, str] = {}
        answer = self._marks(self.client.get(self.path))
        if self.field in ONLY_IN_AN_ANSWER:
            answer = self._marks(self.sent(**ONLY_IN_AN_ANSWER[self.field]))
        assert f'name="{self.field}"' in answer
        self.typed[self.field] = self.words

    def _marks(self, answer: Any) -> str:
        assert answer.status_code == 200
        text: str = answer.content.decode()
        for name in ("csrfmiddlewaretoken", "typed_by", "idempotency_key", "columns"):
            # The last form of that name: those of the menu and of the notice come first.
            found = re.findall(rf'name="{name}" (?:id="[^"]*" )?value="([^"]*)"', text)
            self.typed |= {name: found[-1]} if found else {}
        return text

    def sent(self, **also: str) -> Any:
        return self._posted(self.path, **also)

    def is_left(self, **also: str) -> Any:
        """What the page sends when it is left (static/js/drafts.js)."""
        return self._posted(KEEP, **also)

    def _posted(self, path: str, **also: str) -> Any:
        return self.client.post(path, self.typed | also, headers={"Referer": f"http://testserver{self.path}"})

    def seen_by(self, user: User) -> str:
        self.client.force_login(user)
        return self.seen_again()

    def seen_again(self) -> str:
        text: str = self.client.get(self.path).content.decode()
        return text

    def has_words(self, text: str) -> bool:
        return self.words in controls_of(text).get(self.field, [])

    def session_ends(self) -> None:
        del self.client.cookies["hms_session"]
