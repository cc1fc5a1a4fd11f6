"""Whoever writes a profile and its account takes them in the one order of docs/locking.md, with real threads (H3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User
from accounts.tests.factories import StaffFactory
from bookings.account_closure import services as account_closure
from bookings.departures import services as departures
from bookings.models import Departure
from core import clock
from doctors.models import DoctorProfile
from doctors.services import update_doctor
from doctors.tests.factories import make_doctor
from doctors.tests.profile import test_own_profile_page as doctor_pages
from patients.models import PatientProfile
from patients.services import update_patient
from patients.tests import test_profile as patient_pages
from patients.tests.factories import make_patient
from privacy.data_subjects import DataSubject
from privacy.erasing import erase
from privacy.models import Erasure
from tests.concurrency.support.crowd import Crowd, outcomes
from tests.concurrency.support.steps import diary
from tests.concurrency.test_leaving import leaves

ROUNDS, EDITORS = 8, 4


def edits(doctor: DoctorProfile) -> Callable[[], Any]:
    """Each with a copy of their own, as each page has."""
    profile = {"biography": "About me"}
    return lambda: update_doctor(
        doctor=DoctorProfile.objects.select_related("user").get(pk=doctor.pk),
        full_name="Dana Doctor",
        phone="020 7946 0001",
        profile=profile,
    )


def edits_patient(patient: PatientProfile) -> Callable[[], Any]:
    return lambda: update_patient(
        patient=PatientProfile.objects.select_related("user").get(pk=patient.pk),
        full_name="Ada Patient",
        phone="020 7946 0001",
        profile={"address": "1 New Street"},
    )


def erases(boss: User, **person: Any) -> Callable[[], Erasure]:
    return lambda: erase(person=DataSubject(**person), reason="Asked", by=boss, now=clock.now())


def close_at_once(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.is_active = False


def test_a_doctor_leaves_while_their_page_is_saved(crowd: Crowd) -> None:
    boss = StaffFactory()
    for _ in range(ROUNDS):
        doctor = make_doctor()
        diary(doctor, 6)
        answers = crowd.rush([leaves(doctor, boss), *[edits(doctor)] * EDITORS])
        assert outcomes(answers) == {"done": 1 + EDITORS}
        assert not User.objects.get(pk=doctor.user_id).is_active


def test_a_doctor_is_erased_while_their_page_is_saved(crowd: Crowd) -> None:
    boss, told = StaffFactory(), Counter[str]()
    for _ in range(ROUNDS):
        doctor = make_doctor()
        close_at_once(doctor.user)
        erasure, *rest = crowd.rush([erases(boss, user=doctor.user, doctor=doctor), *[edits(doctor)] * EDITORS])
        assert erasure.error is None
        told += outcomes(rest)
        doctor.refresh_from_db()
        assert (doctor.biography, doctor.user.phone) == ("", "")
    assert set(told) <= {"done", "Erased"}, told


def test_a_patient_is_erased_while_their_page_is_saved(crowd: Crowd) -> None:
    boss, told = StaffFactory(), Counter[str]()
    for _ in range(ROUNDS):
        patient = make_patient()
        close_at_once(patient.user)
        acts = [erases(boss, user=patient.user, patient=patient), *[edits_patient(patient)] * EDITORS]
        erasure, *rest = crowd.rush(acts)
        assert erasure.error is None
        told += outcomes(rest)
        patient = PatientProfile.objects.get(pk=patient.pk)
        assert (patient.address, patient.phone) == ("", "")
    assert set(told) <= {"done", "Erased"}, told


def test_who_is_erased_and_opened_at_once_is_one_or_the_other(crowd: Crowd) -> None:
    """Each is decided on the account as it is under its lock."""
    boss = StaffFactory()
    for _ in range(ROUNDS):
        patient = make_patient()
        close_at_once(patient.user)
        erasure, opened = crowd.rush(
            [erases(boss, user=patient.user, patient=patient), lambda: account_closure.open_patient(user=patient.user)]  # noqa: B023
        )
        told = [type(one.error).__name__ for one in (erasure, opened)]
        assert told in (["NoneType", "Erased"], ["NotClosed", "NoneType"])
        assert User.objects.get(pk=patient.user_id).is_active is (opened.error is None)


def test_a_doctor_comes_back_while_erased_is_one_or_the_other(crowd: Crowd) -> None:
    boss = StaffFactory()
    for _ in range(ROUNDS):
        doctor = make_doctor()
        leaves(doctor, boss)()
        doctor = DoctorProfile.objects.select_related("user").get(pk=doctor.pk)
        acts = [
            erases(boss, user=doctor.user, doctor=doctor),
            lambda: departures.reinstate(doctor=doctor, now=clock.now()),  # noqa: B023
        ]
        erasure, back = crowd.rush(acts)
        told = [type(one.error).__name__ for one in (erasure, back)]
        assert told in (["NoneType", "Erased"], ["NotClosed", "NoneType"])
        assert Departure.objects.filter(doctor=doctor).exists() is (back.error is not None)


# A row that is held for too long


@contextmanager
def held(user: User) -> Iterator[None]:
    """Another connection holds the account; ours waits a moment only."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT FROM accounts_user WHERE id = %s FOR NO KEY UPDATE", [user.pk])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        yield
    finally:
        other.close()
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")


PAGES: dict[str, Callable[[], tuple[User, dict[str, str]]]] = {
    "/accounts/me/": lambda: (StaffFactory(), {"full_name": "New Name"}),
    "/patient/profile/": lambda: (make_patient().user, patient_pages.TYPED),
    "/doctor/profile/": lambda: _of_doctor(make_doctor()),
}


def _of_doctor(doctor: DoctorProfile) -> tuple[User, dict[str, str]]:
    return doctor.user, doctor_pages.answers(doctor)


@pytest.mark.parametrize("page", PAGES)
def test_a_profile_page_says_calmly_that_the_row_is_in_use(transactional_db: None, page: str) -> None:
    (user, sent), browser = PAGES[page](), Client()
    before = user.full_name
    browser.force_login(user)
    with held(user):
        answer = browser.post(page, sent)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "Nothing was changed: please try again" in answer.content.decode()
    user.refresh_from_db()
    assert user.full_name == before != sent["full_name"]
    assert browser.post(page, sent).status_code == 302  # what was sent was right: only the row was in use
