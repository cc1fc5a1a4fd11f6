"""Words and addresses about people."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from accounts.choices import Role
from accounts.models import User

_HOMES = {Role.PATIENT: "dashboards:patient", Role.DOCTOR: "dashboards:doctor", Role.STAFF: "admin:index"}


def display_name(user: User) -> str:
    """How a person is greeted. Used by allauth as well."""
    return user.full_name or user.username


def home_path(user: User | AnonymousUser) -> str:
    """Where a person begins: each role's own dashboard, the front page for anybody else."""
    name = _HOMES.get(user.role) if user.is_authenticated else None  # type: ignore[call-overload]
    return reverse(name or "dashboards:home")
