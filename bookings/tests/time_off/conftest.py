"""Whom the tests of this room have in common."""

from __future__ import annotations

import pytest

from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_doctor()
