"""Whom the tests of this room have in common."""

from __future__ import annotations

import pytest

from doctors.models import DoctorProfile
from doctors.tests.factories import DepartmentFactory, make_doctor
from patients.models import PatientProfile
from patients.tests.factories import make_patient


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_doctor(full_name="Ada Able", department=DepartmentFactory(name="Heart"))


@pytest.fixture
def other() -> DoctorProfile:
    return make_doctor(full_name="Bob Baker", department=DepartmentFactory(name="Skin"))


@pytest.fixture
def pat() -> PatientProfile:
    return make_patient()
