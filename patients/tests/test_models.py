"""A patient's account and profile belong together, at the database itself (A5)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from accounts.choices import Role
from accounts.models import User
from core.errors import constraint_name
from patients.models import PatientProfile
from patients.services import register_patient
from patients.tests.factories import make_patient

_FACTS = {"role": Role.PATIENT, "email": "x@example.org", "full_name": "X"}


def _by_sql() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_user (password, is_superuser, username, is_staff, is_active, date_joined, email,"
            " full_name, role, phone, search_name) VALUES ('', false, 'x', false, true, now(), 'x@example.org', 'X',"
            " 'PATIENT', '', '')"
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "road",
    [
        lambda: User.objects.create(username="x", **_FACTS),
        lambda: User.objects.bulk_create([User(username="x", **_FACTS)]),
        _by_sql,
    ],
    ids=["orm", "bulk", "sql"],
)
def test_a_patient_without_a_profile_is_refused_at_commit(road: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        road()
    assert constraint_name(caught.value) == "patient_has_profile"
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_patient_with_a_profile_is_committed() -> None:
    assert User.objects.get(patient_profile=make_patient()).role == Role.PATIENT


@pytest.mark.django_db(transaction=True)
def test_a_profile_that_fails_takes_the_account_with_it() -> None:
    patient = make_patient()
    with pytest.raises(DatabaseError):
        register_patient(
            username="x",
            email="x@example.org",
            password=None,
            full_name="X",
            phone="020 7946 0000",
            date_of_birth=patient.date_of_birth,
            now=timezone.now(),
            profile={"blood_group": "longer than three"},
        )
    assert list(User.objects.values_list("pk", flat=True)) == [patient.user_id]


@pytest.mark.django_db
def test_a_profile_is_never_deleted() -> None:
    patient = make_patient()
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        PatientProfile.objects.filter(pk=patient.pk).delete()
