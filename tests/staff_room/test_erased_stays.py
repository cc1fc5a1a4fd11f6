"""Who is erased stays so: nothing is filled in again and nothing opened, by any road (H3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, transaction
from django.test import Client

from accounts import services as accounts
from accounts.choices import StaffRole
from accounts.invitations.services import invite
from accounts.models import Invitation, User
from accounts.services import Erased
from accounts.tests.factories import PASSWORD, StaffFactory, make_staff
from bookings import messages
from bookings.account_closure import services as account_closure
from bookings.account_closure.dependents import remove_person
from bookings.departures import services as departures
from bookings.rules import NoSuchPerson, PatientRef
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.tests.factories import make_waiting
from core import clock
from doctors.models import DoctorProfile
from doctors.services import update_doctor
from doctors.tests.factories import make_doctor, make_slot
from integrations import outbox
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.services import register_without_account, update_patient
from patients.tests.factories import make_patient
from privacy import retention
from privacy.data_subjects import DataSubject, myself
from privacy.erasing import erase
from privacy.tests.people import GONE, WORDS, all_is_sent, close, family, where

pytestmark = pytest.mark.django_db(transaction=True)
NEW = {"full_name": "Ada Again", "phone": "020 7946 0999"}


def snapshot() -> list[dict[str, Any]]:
    models = (User, PatientProfile, DoctorProfile)
    return [row for model in models for row in model._default_manager.order_by("pk").values()]


def erased(person: DataSubject) -> None:
    User.objects.filter(pk__in=person.users).update(is_active=False)
    erase(person=person, reason="Asked", by=StaffFactory(), now=clock.now())


@pytest.fixture
def stale() -> PatientProfile:
    """As a tab opened before the erasure still has it."""
    patient = make_patient(full_name="Ada Before", address="1 Old Street")
    erased(myself(patient.user))
    return patient


@pytest.fixture
def stale_doctor() -> DoctorProfile:
    doctor = make_doctor(full_name="Oli Before", biography="All of it")
    erased(myself(doctor.user))
    return doctor


def _invite(user: User) -> None:
    with transaction.atomic():
        invite(user=user, by=None, now=clock.now())


ACTS: dict[str, Callable[[PatientProfile], Any]] = {
    "edit": lambda one: update_patient(patient=one, **NEW, profile={"address": "2 New Street"}),
    "edit the account": lambda one: accounts.update_account(user=one.user, **NEW),
    "another address": lambda one: accounts.change_email(user=one.user, email="again@example.org"),
    "propose an address": lambda one: accounts.propose_email(user=one.user, email="again@example.org"),
    "open": lambda one: account_closure.open_patient(user=one.user),
    "invite": lambda one: _invite(one.user),
    "reset the second factor": lambda one: accounts.reset_second_factor(user=one.user),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_no_service_does_anything_to_them(stale: PatientProfile, act: Callable[[PatientProfile], Any]) -> None:
    before = snapshot()
    with pytest.raises(Erased):
        act(stale)
    assert snapshot() == before
    assert not Invitation.objects.exists()


def test_nor_to_a_doctor(stale_doctor: DoctorProfile) -> None:
    before = snapshot()
    with pytest.raises(Erased):
        update_doctor(doctor=stale_doctor, **NEW, profile={"biography": "Again"})
    with pytest.raises(Erased):
        departures.reinstate(doctor=stale_doctor, now=clock.now())
    assert snapshot() == before


def test_nor_to_who_never_had_an_account() -> None:
    with transaction.atomic():
        patient = register_without_account(full_name="Ada Before", date_of_birth=date(1980, 1, 1))
    erased(DataSubject(patient=patient))
    before, boss = snapshot(), StaffFactory()
    with pytest.raises(Erased):
        update_patient(patient=patient, **NEW, profile={"address": "2 New Street"})
    slot = make_slot(days=3)
    with pytest.raises(NoSuchPerson):
        book(slot_id=slot.pk, patient_ref=PatientRef.of(patient), by=boss, now=clock.now())
    assert [row for row in snapshot() if row in before] == before


@pytest.mark.parametrize(
    "change", [{"email": "a@example.org"}, {"is_active": True}, {"erased_at": None}, {"password": "x"}]
)
def test_the_database_refuses_it_whoever_asks(stale: PatientProfile, change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="erased"), transaction.atomic():
        User.objects.filter(pk=stale.user_id).update(**change)


def test_and_for_the_profile(stale: PatientProfile) -> None:
    for change in ({"address": "2 New Street"}, {"allergies": "Nuts"}, {"erased_at": None}):
        with pytest.raises(IntegrityError, match="erased"), transaction.atomic():
            PatientProfile.objects.filter(pk=stale.pk).update(**change)


# The admin


@pytest.fixture
def browser() -> Client:
    client = Client()
    boss = make_staff(StaffRole.ADMINISTRATOR)
    client.post("/accounts/login/", {"login": boss.username, "password": PASSWORD})
    return client


@pytest.mark.ignore_template_errors
def test_the_pages_of_the_admin_only_show_them_also_to_a_tab_left_open(
    browser: Client, stale: PatientProfile, stale_doctor: DoctorProfile
) -> None:
    before = snapshot()
    pages = [
        f"/admin/accounts/user/{stale.user_id}/change/",
        f"/admin/patients/patientprofile/{stale.pk}/change/",
        f"/admin/doctors/doctorprofile/{stale_doctor.pk}/change/",
    ]
    for page in pages:
        shown = browser.get(page)
        assert shown.status_code == 200
        assert 'name="full_name"' not in shown.content.decode()
        sent = {**NEW, "email": "again@example.org", "date_of_birth": "1990-05-17", "address": "2 New Street"}
        assert browser.post(page, sent).status_code == 403
    assert browser.get(f"/admin/accounts/user/{stale.user_id}/second-factor/").status_code == 403
    assert snapshot() == before
    assert not LogEntry.objects.exists()


def test_and_their_account_is_not_opened_from_a_tab_left_open(browser: Client, stale: PatientProfile) -> None:
    page = browser.post(f"/staff/people/patients/{stale.pk}/opening/", follow=True).content.decode()
    assert Erased.message.replace("'", "&#x27;") in page
    assert not User.objects.get(pk=stale.user_id).is_active


# Messages


def test_messages_about_whom_they_had_removed_go_too() -> None:
    """The guardian's own name and address stand in them."""
    (patient, child), now = family(), clock.now()
    guardian = patient.user
    booking = book(slot_id=make_slot(days=7).pk, patient_ref=PatientRef.of(child), by=guardian, now=now)
    cancel(booking=booking, by=guardian, now=now)
    entry = make_waiting(patient=child, doctor=make_doctor())
    with transaction.atomic():
        outbox.enqueue(messages.waiting_closed(entry), now=now)
    remove_person(person=child, by=guardian, now=clock.now())
    streams = [f"booking:{booking.calendar_uid}:patient", f"waiting:{entry.pk}"]
    for stream in streams:
        assert GONE["email"] in str([message.data for message in OutgoingMessage.objects.filter(stream=stream)]), stream

    close(patient, StaffFactory())
    erased(myself(User.objects.get(pk=guardian.pk)))
    all_is_sent()
    assert retention.erase_messages(now=now + timedelta(minutes=5)) == 1

    assert {word: where(word) for word in WORDS if where(word)} == {}
