"""What each member of staff may do: given by administrators, never by anybody to themselves (H1)."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import locks
from accounts.choices import Role, StaffRole
from accounts.models import User
from accounts.permissions import Can, may
from core.errors import DomainError, translated

# Beside the box that is ticked: what somebody of this kind may do, in the words of the hospital.
KIND_WORDS = {
    StaffRole.RECEPTION: _(
        "Reception: runs the desk. Sees who’s coming, books and cancels for patients, checks them in, "
        "registers them and can see their contact details"
    ),
    StaffRole.MANAGER: _(
        "Manager: figures and files, departments, doctors and their diaries, closures, reviews. "
        "Sees appointments, but not the reasons for them or patients’ contact details"
    ),
    StaffRole.ADMINISTRATOR: _(
        "Administrator: everything above, plus messages, clinical notes, personal data, "
        "staff accounts and the audit trail"
    ),
}


class OwnRights(DomainError):
    message = _("You can’t change your own rights. Ask another administrator.")
    status = 403


class OnlySuperusers(DomainError):
    message = _("Only a superuser can do this to a superuser or an administrator, or create a superuser.")
    status = 403


def may_change_account(by: User, user: User) -> bool:
    """Whether `by` may change the account at all: who could change somebody's address could become them.

    So administrators keep everybody's but those of superusers and of one another, which superusers keep.
    """
    if not may(by, Can.MANAGE_STAFF):
        return False
    return by.is_superuser or user == by or not is_privileged(user)


def is_privileged(user: User) -> bool:
    """Whether the account is one that only superusers keep."""
    return user.is_superuser or StaffRole.ADMINISTRATOR in user.staff_roles


def may_give_rights(by: User, user: User) -> bool:
    return user.role == Role.STAFF and user != by and may_change_account(by, user)


def give_rights(
    *, user: User, kinds: Collection[str], is_staff: bool = True, is_superuser: bool | None = None, by: User
) -> User:
    """Make a member of staff be of exactly these kinds. `is_staff` lets them in at all; `is_superuser` None leaves it.

    Other groups than those of the table are left alone.
    Raises OwnRights, OnlySuperusers, Busy; PermissionDenied when `by` keeps no staff, or `user` is none.
    """
    if not may(by, Can.MANAGE_STAFF):
        raise PermissionDenied
    with translated({}), transaction.atomic():
        fresh = locks.account(user.pk)
        wants_superuser = fresh.is_superuser if is_superuser is None else is_superuser
        if fresh == by:
            raise OwnRights
        if (is_privileged(fresh) or wants_superuser) and not by.is_superuser:
            raise OnlySuperusers
        if fresh.role != Role.STAFF:
            raise PermissionDenied
        _set_kinds(fresh, kinds)
        if (fresh.is_staff, fresh.is_superuser) != (is_staff, wants_superuser):
            fresh.is_staff, fresh.is_superuser = is_staff, wants_superuser
            fresh.save(update_fields=["is_staff", "is_superuser"])
    return fresh


def _set_kinds(user: User, kinds: Collection[str]) -> None:
    wanted = {kind.group_name for kind in StaffRole if kind in kinds}
    others = {kind.group_name for kind in StaffRole} - wanted
    user.groups.remove(*Group.objects.filter(name__in=others))
    user.groups.add(*Group.objects.filter(name__in=wanted))
