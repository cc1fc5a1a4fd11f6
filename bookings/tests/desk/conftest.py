"""Whom the tests of this room have in common."""

from __future__ import annotations

import pytest
from django.test import Client

from bookings.tests.desk.people import receptionist
from doctors.models import DoctorProfile
from doctors.tests.factories import DepartmentFactory, make_doctor


@pytest.fixture
def desk() -> Client:
    return receptionist()


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_doctor(full_name="Sarah Smith", department=DepartmentFactory(name="Cardiology", slug="cardiology"))
