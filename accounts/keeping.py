"""Which accounts a member of staff keeps: makes, changes, invites."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.choices import Role
from accounts.models import User
from accounts.permissions import Can, may

# The right by which staff keep the accounts of a role.
KEEPS = {Role.DOCTOR: Can.KEEP_DOCTORS, Role.PATIENT: Can.KEEP_PATIENTS, Role.STAFF: Can.KEEP_STAFF}


def accounts_kept_by(actor: User) -> QuerySet[User]:
    """The accounts of those roles that `actor` keeps; who keeps none sees none. Nobody keeps their own."""
    roles = [role for role, permission in KEEPS.items() if may(actor, permission)]
    return User.objects.filter(role__in=roles).exclude(pk=actor.pk)
