"""Where each person begins after signing in."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.choices import Role, StaffRole
from accounts.models import User
from accounts.presenters import home_path
from accounts.tests.factories import StaffFactory, make_staff

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "home"),
    [
        (StaffRole.RECEPTION, "/staff/desk/"),
        (StaffRole.MANAGER, "/staff/"),
        (StaffRole.ADMINISTRATOR, "/staff/"),
    ],
)
def test_staff_begin_where_they_work(kind: StaffRole, home: str) -> None:
    assert home_path(make_staff(kind)) == home


def test_everybody_else_begins_at_home() -> None:
    assert home_path(User(role=Role.PATIENT)) == "/patient/"
    assert home_path(User(role=Role.DOCTOR)) == "/doctor/"
    assert home_path(StaffFactory()) == "/staff/"  # a superuser
    assert home_path(StaffFactory(is_superuser=False)) == "/admin/"  # of no kind yet
    assert home_path(AnonymousUser()) == "/"
