"""A doctor's account and profile belong together, at the database itself (A5)."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.choices import Role
from accounts.models import User
from core.errors import constraint_name
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor


@pytest.mark.django_db(transaction=True)
def test_a_doctor_without_a_profile_is_refused_at_commit() -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        User.objects.create(username="x", role=Role.DOCTOR, email="x@example.org", full_name="X")
    assert constraint_name(caught.value) == "doctor_has_profile"
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_doctor_with_a_profile_is_committed() -> None:
    assert User.objects.get(doctor_profile=make_doctor()).role == Role.DOCTOR


@pytest.mark.django_db
def test_a_profile_is_never_deleted() -> None:
    doctor = make_doctor()
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        DoctorProfile.objects.filter(pk=doctor.pk).delete()
