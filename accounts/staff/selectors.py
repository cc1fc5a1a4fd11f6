"""Which accounts a member of staff keeps: makes, changes, invites."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.choices import Role, StaffRole
from accounts.models import User
from accounts.permissions import Can, may

# The right by which staff keep the accounts of a role.
MANAGES = {Role.DOCTOR: Can.MANAGE_DOCTORS, Role.PATIENT: Can.MANAGE_PATIENTS, Role.STAFF: Can.MANAGE_STAFF}


def accounts_managed_by(actor: User) -> QuerySet[User]:
    """The accounts of those roles that `actor` keeps; who keeps none sees none. Nobody keeps their own.

    Those of superusers and administrators only superusers keep, as `staff_rights.may_change_account` says.
    """
    roles = [role for role, permission in MANAGES.items() if may(actor, permission)]
    accounts = User.objects.filter(role__in=roles).exclude(pk=actor.pk)
    if actor.is_superuser:
        return accounts
    return accounts.exclude(is_superuser=True).exclude(groups__name=StaffRole.ADMINISTRATOR.group_name)
