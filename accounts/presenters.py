"""Words about people."""

from __future__ import annotations

from accounts.models import User


def display_name(user: User) -> str:
    """How a person is greeted. Used by allauth as well."""
    return user.full_name or user.username
