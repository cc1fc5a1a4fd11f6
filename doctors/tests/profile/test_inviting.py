"""Staff add a doctor (H3): no password is typed, and whether the licence was checked is said."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client

from accounts.choices import StaffRole
from accounts.models import Invitation, User
from accounts.rules import EmailTaken
from accounts.tests.factories import make_staff
from core import clock
from doctors.models import DoctorProfile
from doctors.profile.invitations import invite_doctor
from doctors.rules import LicenceTaken
from doctors.tests.factories import DepartmentFactory, make_doctor
from integrations.models import OutgoingMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> User:
    return make_staff(StaffRole.MANAGER)


def invited(boss: User, **facts: Any) -> DoctorProfile:
    profile = {
        "department": DepartmentFactory(),
        "specialization": "Cardiology",
        "qualification": "MD",
        "licence_number": facts.pop("licence_number", "GMC 1"),
        "years_of_experience": 3,
        "consultation_fee_cents": 1_000,
    }
    known = {"username": "nadia", "email": "nadia@example.org", "full_name": "Nadia New", "phone": ""}
    checked = facts.pop("licence_checked", True)
    return invite_doctor(**(known | facts), licence_checked=checked, by=boss, now=clock.now(), profile=profile)


def test_account_profile_and_invitation_come_together(boss: User) -> None:
    doctor = invited(boss)

    assert not doctor.user.has_usable_password()
    assert Invitation.objects.get().user == doctor.user
    assert [row.action for row in OutgoingMessage.objects.all()] == ["INVITATION"]


@pytest.mark.parametrize("facts", [{"licence_number": "TAKEN"}, {"email": "Taken@example.org"}])
def test_or_nothing_at_all(boss: User, facts: dict[str, str]) -> None:
    make_doctor(licence_number="TAKEN", email="taken@example.org")
    sent = OutgoingMessage.objects.count()
    with pytest.raises((LicenceTaken, EmailTaken)) as refusal:
        invited(boss, **facts)
    assert not isinstance(refusal.value, IntegrityError)
    assert not User.objects.filter(username="nadia").exists()
    assert OutgoingMessage.objects.count() == sent


def test_whose_licence_was_checked_is_seen_by_patients(boss: User, client: Client) -> None:
    doctor = invited(boss)
    assert (doctor.approved_by, doctor.is_listed) == (boss, True)
    assert client.get(f"/doctors/{doctor.slug}/").status_code == 200


def test_whose_was_not_waits_for_approval(boss: User, client: Client) -> None:
    doctor = invited(boss, licence_checked=False)
    assert (doctor.approved_at, doctor.approved_by) == (None, None)
    assert client.get(f"/doctors/{doctor.slug}/").status_code == 404


@pytest.mark.ignore_template_errors
def test_the_page_asks_for_no_password_and_says_what_happens(boss: User, client: Client) -> None:
    client.force_login(boss)
    page = client.get("/admin/doctors/doctorprofile/add/").content.decode()
    assert 'type="password"' not in page
    assert "We’ll e-mail a link to this address" in page
    assert "I’ve checked the licence" in page
