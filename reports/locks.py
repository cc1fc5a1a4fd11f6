"""Row locks for the making of reports. The order of all locks stands in docs/locking.md: accounts last."""

from __future__ import annotations

from collections.abc import Collection

from accounts.models import User


def accounts(user_ids: Collection[int]) -> dict[int, User]:
    """Lock accounts, in primary-key order, freshly read: by then whoever else makes reports for them has made them."""
    rows = User.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=user_ids).order_by("pk")
    return {row.pk: row for row in rows}
