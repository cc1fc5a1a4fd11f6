"""`manage.py check --deploy --database default`: whether this role could change what is written once."""

from __future__ import annotations

from typing import Any

from django.core import checks
from django.db import connections

from audit import protection

HINT = (
    "Let web server and worker sign in as a role that owns no table, and run manage.py protect_audit (docs/audit.md)."
)


@checks.register(checks.Tags.database, deploy=True)
def the_trail_is_protected(databases: Any = None, **_: Any) -> list[checks.CheckMessage]:
    if "default" not in (databases or ()):
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT current_user")
        holes = list(protection.loopholes(cursor.fetchone()[0]))
    return [checks.Warning(" ".join(holes), hint=HINT, id="audit.W001")] if holes else []
