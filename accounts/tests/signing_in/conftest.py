"""Whom the tests of this room have in common."""

from __future__ import annotations

import pytest

from accounts.models import User
from accounts.tests.factories import StaffFactory


@pytest.fixture
def ada() -> User:
    return StaffFactory(username="ada", email="ada@example.org")
