"""The one table of who may do what (A7)."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.choices import Role, StaffRole
from accounts.models import User
from accounts.permissions import STAFF_TABLE, TABLE, Can, may, requires
from accounts.staff.groups import keep_groups, rights_of
from accounts.tests.factories import make_staff

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
    Can.READ_REASONS,
    Can.READ_RECORDS,
    Can.SEE_OWN_INVOICES,
}
OF_DOCTORS = {
    Can.MANAGE_DIARY,
    Can.RUN_CLINIC,
    Can.SEE_OWN_CLINIC,
    Can.CANCEL_BOOKING,
    Can.MOVE_BOOKING,
    Can.EDIT_DOCTOR_PROFILE,
    Can.CONNECT_CALENDAR,
    Can.READ_REASONS,
    Can.READ_RECORDS,
    Can.WRITE_RECORDS,
    Can.SETTLE_CONFLICTS,
}
OF_ALL_STAFF = {Can.USE_ADMIN, Can.EDIT_STAFF_DETAILS}
OF_RECEPTION = {
    Can.SEE_BOOKINGS,
    Can.RUN_DESK,
    Can.RUN_CLINIC,
    Can.CANCEL_BOOKING,
    Can.MOVE_BOOKING,
    Can.SETTLE_CONFLICTS,
    Can.READ_REASONS,
    Can.SEE_PATIENTS,
    Can.MANAGE_PATIENTS,
    Can.SEE_WAITING,
    Can.RUN_BILLING,
    Can.SEE_INVOICES,
}
OF_MANAGERS = {
    Can.SEE_BOOKINGS,
    Can.SETTLE_CONFLICTS,
    Can.SEE_WAITING,
    Can.SEE_FIGURES,
    Can.EXPORT_LISTS,
    Can.MANAGE_DEPARTMENTS,
    Can.MANAGE_DOCTORS,
    Can.MANAGE_CLOSURES,
    Can.MODERATE_REVIEWS,
    Can.SEE_INVOICES,
    Can.SET_FEES,
}
OF_ADMINISTRATORS_ALONE = {
    Can.READ_CLINICAL,
    Can.SEE_MESSAGES,
    Can.SEE_AUDIT,
    Can.HANDLE_PERSONAL_DATA,
    Can.REVIEW_EMERGENCY_ACCESS,
    Can.MANAGE_STAFF,
}
OF_STAFF = {
    StaffRole.RECEPTION: OF_RECEPTION,
    StaffRole.MANAGER: OF_MANAGERS,
    StaffRole.ADMINISTRATOR: OF_RECEPTION | OF_MANAGERS | OF_ADMINISTRATORS_ALONE,
}
EXPECTED = [
    (role, permission, permission in theirs)
    for role, theirs in ((Role.PATIENT, OF_PATIENTS), (Role.DOCTOR, OF_DOCTORS), (Role.STAFF, OF_ALL_STAFF))
    for permission in Can
]


@pytest.mark.parametrize(("role", "permission", "expected"), EXPECTED)
def test_each_role_may_do_exactly_what_the_table_says(role: Role, permission: Can, expected: bool) -> None:
    assert may(User(role=role, is_staff=role == Role.STAFF), permission) is expected


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(StaffRole))
def test_each_kind_of_staff_may_do_exactly_what_the_table_says(kind: StaffRole) -> None:
    user = make_staff(kind)

    assert {permission for permission in Can if may(user, permission)} == OF_ALL_STAFF | OF_STAFF[kind]


@pytest.mark.django_db
@pytest.mark.parametrize("is_superuser", [False, True])
def test_staff_who_are_let_in_nowhere_keep_their_own_details_alone(is_superuser: bool) -> None:
    user = make_staff(StaffRole.ADMINISTRATOR)
    user.is_staff, user.is_superuser = False, is_superuser

    assert {permission for permission in Can if may(user, permission)} == {Can.EDIT_STAFF_DETAILS}


@pytest.mark.django_db
def test_a_person_of_two_kinds_may_do_what_either_may() -> None:
    user = make_staff(StaffRole.RECEPTION)
    user.groups.add(Group.objects.get(name=StaffRole.MANAGER.group_name))

    assert {permission for permission in Can if may(user, permission)} == OF_ALL_STAFF | OF_RECEPTION | OF_MANAGERS


@pytest.mark.django_db
def test_the_groups_carry_in_the_admin_what_the_table_means_there() -> None:
    """And nothing that was given by hand stays after the next `migrate`."""
    desk = Group.objects.get(name="Reception")
    desk.permissions.add(Permission.objects.get(codename="change_user"))
    keep_groups()

    assert {kind: _rights(kind) for kind in StaffRole} == {kind: rights_of(kind) for kind in StaffRole}
    assert "bookings.add_booking" in _rights(StaffRole.RECEPTION)
    assert not any(right.startswith("accounts.") for right in _rights(StaffRole.RECEPTION))


def _rights(kind: StaffRole) -> frozenset[str]:
    rows = Permission.objects.filter(group__name=kind.group_name).select_related("content_type")
    return frozenset(f"{row.content_type.app_label}.{row.codename}" for row in rows)


def test_every_role_has_a_row() -> None:
    assert set(TABLE) == set(Role.values)
    assert set(STAFF_TABLE) == set(StaffRole.values)


@pytest.mark.parametrize("permission", list(Can))
def test_nobody_signed_out_closed_or_without_a_role_may_do_anything(permission: Can) -> None:
    assert not may(AnonymousUser(), permission)
    assert not any(may(User(role=role, is_active=False), permission) for role in Role)
    assert not may(User(role="OTHER"), permission)


def test_the_decorator_lets_in_whom_the_table_lets_in() -> None:
    guarded = requires(Can.MANAGE_DIARY)(lambda request: HttpResponse("in"))
    request = RequestFactory().get("/")
    request.user = User(role=Role.DOCTOR)
    assert guarded(request).content == b"in"
    request.user = User(role=Role.PATIENT)
    with pytest.raises(PermissionDenied):
        guarded(request)
