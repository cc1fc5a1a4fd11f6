"""`manage.py check --deploy --database default`: whether statements and waits for locks end by themselves."""

from __future__ import annotations

from typing import Any

from django.core import checks

from core.web.health import has_time_limits

HINT = "A pooler drops what is asked for at the start of a session: set the limits on the role (docs/outages.md)."


@checks.register(checks.Tags.database, deploy=True)
def nothing_waits_for_ever(databases: Any = None, **_: Any) -> list[checks.CheckMessage]:
    if "default" not in (databases or ()) or has_time_limits():
        return []
    return [checks.Error("lock_timeout or statement_timeout of this database session is 0.", hint=HINT, id="core.E001")]
