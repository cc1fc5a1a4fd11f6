"""The groups of staff, kept as the one table of permissions says (H1). Run by every `migrate`."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

from accounts.choices import StaffRole
from accounts.permissions import MODEL_RIGHTS, STAFF_TABLE


def rights_of(kind: StaffRole) -> frozenset[str]:
    """What a kind of staff may do in the admin: "bookings.view_booking", ..."""
    return frozenset[str]().union(*(MODEL_RIGHTS.get(permission, frozenset()) for permission in STAFF_TABLE[kind]))


def keep_groups(**_: Any) -> None:
    """Make the group of each kind of staff and give it exactly what the table says; other groups are left alone.

    A receiver of `post_migrate`, after Django has made the permissions of every model: a migration would run
    before them, and the groups of a test database would be gone with its first flush.
    """
    rights = {f"{row.content_type.app_label}.{row.codename}": row for row in _permissions()}
    for kind in StaffRole:
        group, _created = Group.objects.get_or_create(name=kind.group_name)
        group.permissions.set(rights[name] for name in rights_of(kind) if name in rights)


def _permissions() -> list[Permission]:
    wanted = Q(pk__in=[])
    for name in frozenset[str]().union(*MODEL_RIGHTS.values()):
        app, _, codename = name.partition(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    return list(Permission.objects.filter(wanted).select_related("content_type"))
