"""Whom the tests of this room have in common."""

from __future__ import annotations

import pytest

from accounts.models import User
from patients.tests.factories import make_patient


@pytest.fixture
def ada() -> User:
    return make_patient(username="ada").user
