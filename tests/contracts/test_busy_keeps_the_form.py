"""While the database is too busy, every form of an account, a profile or a review is answered with 503, an invitation
to come back, and all that was typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.tests.factories import PASSWORD, StaffFactory, make_staff, sign_in
from accounts.tests.invitations.test_locks import invited
from bookings.services.steps import check_in, complete
from bookings.tests.people import confirmed, slot_in
from core import clock
from core.errors import Busy
from doctors.tests.factories import DepartmentFactory, make_doctor, make_slot
from patients.tests.factories import make_patient, make_person
from tests.hardening.forms_of_pages import controls_of, forms_of

pytestmark = pytest.mark.django_db
TYPED = {
    "full_name": "Zuleika Canarybird",
    "email": "zuleika@example.org",
    "phone": "020 7946 0003",
    "date_of_birth_0": "10",
    "date_of_birth_1": "12",
    "date_of_birth_2": "1985",
    "licence_number": "LIC-77",
    "specialization": "Cardiology",
    "qualification": "MD",
    "years_of_experience": "12",
    "consultation_fee_cents": "40.00",
    "text": "All was well.",
}
SECRET = {"password": PASSWORD}
Open = Callable[[Client], str]  # the address of a form, for a browser that may see it


def of_a_patient(name: str) -> Open:
    def open_page(browser: Client) -> str:
        sign_in(browser, make_patient().user)
        return reverse(name)

    return open_page


def of_a_person(browser: Client) -> str:
    patient = make_patient()
    sign_in(browser, patient.user)
    return reverse("patients:person_edit", args=[make_person(patient).pk])


def on_the_way_to_an_appointment(browser: Client) -> str:
    sign_in(browser, make_patient().user)
    slot = make_slot(make_doctor(), starts_at=clock.now() + timedelta(days=1))
    return f"{reverse('bookings:new_person')}?slot={slot.pk}"


def of_a_new_doctor(_browser: Client) -> str:
    DepartmentFactory()
    return reverse("doctors:signup")


def of_a_doctor(browser: Client) -> str:
    sign_in(browser, make_doctor().user)
    return reverse("doctors:edit_profile")


def of_staff(name: str) -> Open:
    def open_page(browser: Client) -> str:
        sign_in(browser, make_staff(StaffRole.RECEPTION))
        return reverse(name)

    return open_page


def of_whoever_invites(browser: Client) -> str:
    with pytest.MonkeyPatch.context() as patched:
        user, _token = invited(patched)
    sign_in(browser, StaffFactory(is_superuser=True, is_staff=True))
    return reverse("accounts:invite", args=[user.pk])


def of_the_invited(browser: Client) -> str:
    with pytest.MonkeyPatch.context() as patched:
        _user, token = invited(patched)
    return reverse("accounts:invitation", args=[token])


def of_a_review(browser: Client) -> str:
    booking = confirmed(slot=slot_in(hours=-1))
    for step in (check_in, complete):
        step(booking=booking, by=booking.doctor.user, now=clock.now())
    sign_in(browser, booking.patient.user)
    return reverse("bookings:review", args=[booking.reference])


FORMS: dict[str, tuple[Open, str]] = {
    "a patient signs up": (lambda _: reverse("patients:signup"), "patients.views.register_patient"),
    "a doctor signs up": (of_a_new_doctor, "doctors.profile.signup_views.register_doctor"),
    "a patient's details": (of_a_patient("patients:edit_profile"), "patients.views.update_patient"),
    "somebody new to care for": (of_a_patient("patients:person_new"), "patients.people.views.add_dependent"),
    "somebody cared for": (of_a_person, "patients.people.views.update_patient"),
    "somebody new while booking": (on_the_way_to_an_appointment, "bookings.new.views.add_dependent"),
    "a doctor's details": (of_a_doctor, "doctors.profile.views.update_doctor"),
    "details of staff": (of_staff("accounts:me"), "accounts.views.update_account"),
    "another e-mail address": (of_a_patient("accounts:email"), "accounts.views.change_address"),
    "an invitation again": (of_whoever_invites, "accounts.invitations.services.invite_again"),
    "an invitation accepted": (of_the_invited, "accounts.invitations.services.accept"),
    "a review": (of_a_review, "bookings.reviews.services.review"),
}


def busy(*_: Any, **__: Any) -> None:
    raise Busy


@pytest.mark.parametrize("which", FORMS)
def test_the_form_comes_back_with_all_that_was_typed(which: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, service = FORMS[which]
    browser = Client()
    address = opened(browser)
    sent = filled_in(browser.get(address).content.decode())
    monkeypatch.setattr(service, busy)

    page = browser.post(address, sent)

    assert (page.status_code, page["Retry-After"]) == (503, "5"), page.content.decode()[:2_000]
    text = page.content.decode()
    assert str(Busy.message) in text
    assert "Traceback" not in text
    stand = {value for values in controls_of(text).values() for value in values}
    assert {value for name, value in sent.items() if name in TYPED} <= stand


def filled_in(text: str) -> dict[str, str]:
    """The form of a page as somebody sends it: what stands in it, over it what is typed, a choice where one is due."""
    form = max(forms_of(text), key=lambda form: len(form.kinds))
    sent = {name: values[0] for name, values in form.values.items() if values}
    for name, options in form.options.items():
        if form.kinds[name] != "checkbox" and not sent.get(name):
            sent[name] = next(filter(None, options), "")
    sent |= {name: value for name, value in TYPED.items() if name in form.kinds}
    return form.marks | sent | SECRET
