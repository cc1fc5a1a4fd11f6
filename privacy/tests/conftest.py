"""Whom the tests of this room have in common."""

from __future__ import annotations

import pytest

from accounts.models import User
from accounts.tests.factories import StaffFactory
from patients.models import PatientProfile
from privacy.tests.people import full_patient


@pytest.fixture
def boss() -> User:
    return StaffFactory()


@pytest.fixture
def zuleika() -> PatientProfile:
    return full_patient()
