"""A name with signs that turn the direction of text (U+202E …) is kept without them, by whichever road it comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.services import update_account
from accounts.tests.factories import PASSWORD, StaffFactory
from core.text.names import kept_name
from email_service.fields import _DIRECTION_OVERRIDES, one_line
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]
TURNED, PLAIN = "\u202eAnn\u202c \u2067Lee\u2069", "Ann Lee"


def of_sign_up() -> str:
    typed = {"full_name": TURNED, "email": "ann@example.org", "username": "ann", "password": PASSWORD}
    typed |= {"phone": "020 7946 0100", "date_of_birth_0": "1", "date_of_birth_1": "2", "date_of_birth_2": "1980"}
    assert Client().post(reverse("patients:signup"), typed).status_code == 302
    return User.objects.get(email="ann@example.org").full_name


def of_staff() -> str:
    staff = StaffFactory()
    update_account(user=staff, full_name=TURNED, phone="")
    return User.objects.get(pk=staff.pk).full_name


def of_somebody_cared_for() -> str:
    guardian = make_patient()
    browser = Client()
    browser.force_login(guardian.user)
    typed = {"full_name": TURNED, "relationship": TURNED}
    typed |= {"date_of_birth_0": "1", "date_of_birth_1": "2", "date_of_birth_2": "2018"}
    assert browser.post(reverse("patients:person_new"), typed).status_code == 302
    person = PatientProfile.objects.get(guardian=guardian.user)
    assert person.relationship == PLAIN
    return person.own_name


def of_a_shell() -> str:
    person = make_person(make_patient())
    person.own_name = person.emergency_contact_name = TURNED
    person.save(update_fields=["own_name", "emergency_contact_name"])
    person.refresh_from_db()
    assert person.emergency_contact_name == PLAIN
    return person.own_name


@pytest.mark.parametrize("road", [of_sign_up, of_staff, of_somebody_cared_for, of_a_shell])
def test_whichever_road_it_comes(road: Callable[[], Any]) -> None:
    assert road() == PLAIN


def test_site_and_e_mail_function_take_the_same_signs_out() -> None:
    for sign in map(chr, range(0x2000, 0x2070)):
        assert (kept_name(f"a{sign}b") == "ab") is (sign in _DIRECTION_OVERRIDES)
    assert kept_name(TURNED) == one_line(TURNED)


@pytest.mark.parametrize("name", ["محمد علي", "Ann\u200dLee", "شیرین\u200cگل", "\u200fדוד", "O’Brien-Müller", "José"])
def test_names_of_every_script_stay_as_they_are_written(name: str) -> None:
    assert kept_name(name) == name
