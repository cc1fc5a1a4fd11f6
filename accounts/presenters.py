"""Words and addresses about people."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from accounts.choices import Role
from accounts.models import User
from accounts.permissions import Can, may

_HOMES = {Role.PATIENT: "dashboards:patient", Role.DOCTOR: "dashboards:doctor"}
# Of staff by what they may do, the first that fits.
_STAFF_HOMES = {Can.SEE_FIGURES: "dashboards:staff", Can.RUN_DESK: "bookings:desk", Can.USE_ADMIN: "admin:index"}


def display_name(user: User) -> str:
    """How a person is greeted. Used by allauth as well."""
    return user.full_name or user.username


def home_path(user: User | AnonymousUser) -> str:
    """Where a person begins: each role's own dashboard, reception's the desk, the front page for anybody else."""
    name = _HOMES.get(user.role) if user.is_authenticated else None  # type: ignore[call-overload]
    if name is None:
        name = next((home for permission, home in _STAFF_HOMES.items() if may(user, permission)), None)
    return reverse(name or "dashboards:home")
