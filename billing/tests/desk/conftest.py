"""Whose browsers the tests of this room have in common."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from billing.tests.factories import make_clerk
from bookings.tests.people import browser_of


@pytest.fixture
def desk() -> Client:
    return browser_of(make_clerk())


@pytest.fixture
def manager() -> Client:
    return browser_of(make_staff(StaffRole.MANAGER))
