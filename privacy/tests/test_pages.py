"""The page on which somebody is erased: in full before it is done, then for ever."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import PASSWORD, make_staff
from patients.models import PatientProfile
from privacy.models import Erasure
from privacy.tests.people import close

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def boss() -> User:
    return make_staff(StaffRole.ADMINISTRATOR)


@pytest.fixture
def browser(boss: User) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": boss.username, "password": PASSWORD})
    return client


def page_of(patient: PatientProfile) -> str:
    return f"/staff/people/patients/{patient.pk}/data/erasure/"


def test_an_open_account_is_led_to_be_closed_first(browser: Client, zuleika: PatientProfile) -> None:
    text = browser.get(page_of(zuleika)).content.decode()
    assert "Close it first" in text
    assert f"/staff/people/patients/{zuleika.pk}/closing/" in text
    assert "Erase for ever" not in text
    assert browser.post(page_of(zuleika), {"reason": "Asked", "confirmation": "ERASE"}).status_code == 409
    assert not Erasure.objects.exists()


def test_it_says_what_goes_what_stays_and_until_when(browser: Client, boss: User, zuleika: PatientProfile) -> None:
    close(zuleika, boss)
    answer = browser.get(page_of(zuleika))
    text = answer.content.decode()
    assert "Address and emergency contact" in text
    assert "The text of 1 review" in text
    assert "allergies, medical history" in text
    assert "The record is kept until" in text
    assert answer.context["ahead"].record_due is not None


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"reason": "", "confirmation": "ERASE"}, "reason"),
        ({"reason": "Asked", "confirmation": "erase"}, "confirmation"),
        ({"reason": "Asked", "confirmation": ""}, "confirmation"),
    ],
)
def test_it_is_asked_twice(
    browser: Client, boss: User, zuleika: PatientProfile, typed: dict[str, str], field: str
) -> None:
    close(zuleika, boss)
    answer = browser.post(page_of(zuleika), typed)
    assert list(answer.context["form"].errors) == [field]
    assert not Erasure.objects.exists()


def test_it_is_done_and_the_record_bears_the_pseudonym(browser: Client, boss: User, zuleika: PatientProfile) -> None:
    close(zuleika, boss)
    answer = browser.post(page_of(zuleika), {"reason": "Asked by letter", "confirmation": "ERASE"})
    assert answer.status_code == 302
    done = Erasure.objects.get()
    assert (done.erased_by, done.reason) == (boss, "Asked by letter")
    zuleika.refresh_from_db()
    assert done.pseudonym in zuleika.full_name
    again = browser.get(page_of(zuleika)).content.decode()
    assert "already been erased" in again
    assert "Erase for ever" not in again


def test_the_page_of_their_data_leads_to_all_three(browser: Client, zuleika: PatientProfile) -> None:
    text = browser.get(f"/staff/people/patients/{zuleika.pk}/data/").content.decode()
    for path in ("data/export/", "closing/", "data/erasure/"):
        assert f"/staff/people/patients/{zuleika.pk}/{path}" in text


def test_doctors_have_the_same(browser: Client) -> None:
    from doctors.tests.factories import make_doctor  # noqa: PLC0415

    doctor = make_doctor(full_name="Doc Ument")
    text = browser.get(f"/staff/people/doctors/{doctor.pk}/data/erasure/").content.decode()
    assert f"/staff/people/doctors/{doctor.pk}/leaving/" in text
    assert "Biography" in text
