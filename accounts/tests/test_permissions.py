"""The one table of who may do what (A7)."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.choices import Role
from accounts.models import User
from accounts.permissions import TABLE, Can, may, requires

OF_PATIENTS = {
    Can.BOOK,
    Can.SEE_OWN_BOOKINGS,
    Can.CANCEL_BOOKING,
    Can.MOVE_BOOKING,
    Can.WAIT,
    Can.EDIT_PATIENT_PROFILE,
    Can.CARE_FOR_PEOPLE,
    Can.REVIEW_VISITS,
    Can.CONNECT_CALENDAR,
}
OF_DOCTORS = {
    Can.KEEP_DIARY,
    Can.RUN_CLINIC,
    Can.SEE_OWN_CLINIC,
    Can.CANCEL_BOOKING,
    Can.MOVE_BOOKING,
    Can.EDIT_DOCTOR_PROFILE,
    Can.CONNECT_CALENDAR,
}
OF_STAFF = {Can.USE_ADMIN, Can.RUN_CLINIC, Can.CANCEL_BOOKING, Can.MOVE_BOOKING, Can.EDIT_STAFF_DETAILS}
EXPECTED = [
    (role, permission, permission in theirs)
    for role, theirs in ((Role.PATIENT, OF_PATIENTS), (Role.DOCTOR, OF_DOCTORS), (Role.STAFF, OF_STAFF))
    for permission in Can
]


@pytest.mark.parametrize(("role", "permission", "expected"), EXPECTED)
def test_each_role_may_do_exactly_what_the_table_says(role: Role, permission: Can, expected: bool) -> None:
    assert may(User(role=role), permission) is expected


def test_every_role_has_a_row() -> None:
    assert set(TABLE) == set(Role.values)


@pytest.mark.parametrize("permission", list(Can))
def test_nobody_signed_out_closed_or_without_a_role_may_do_anything(permission: Can) -> None:
    assert not may(AnonymousUser(), permission)
    assert not any(may(User(role=role, is_active=False), permission) for role in Role)
    assert not may(User(role="OTHER"), permission)


def test_the_decorator_lets_in_whom_the_table_lets_in() -> None:
    guarded = requires(Can.KEEP_DIARY)(lambda request: HttpResponse("in"))
    request = RequestFactory().get("/")
    request.user = User(role=Role.DOCTOR)
    assert guarded(request).content == b"in"
    request.user = User(role=Role.PATIENT)
    with pytest.raises(PermissionDenied):
        guarded(request)
