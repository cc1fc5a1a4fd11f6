"""What the application's own database role may do to what is written once: add to it and read it, nothing else.

The triggers refuse updates and deletes of everybody; but whoever owns a table can switch its triggers off, and TRUNCATE
asks no such trigger. So in production the application signs in to the database as a role that owns nothing
(docs/audit.md).
"""

from __future__ import annotations

from collections.abc import Iterator

import pgtrigger
from django.db import connection, models
from psycopg2 import sql

FORBIDDEN = ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER", "REFERENCES")


def append_only_models() -> list[type[models.Model]]:
    """All whose rows neither change nor go: the trail itself, and the histories that are kept as rows."""
    found = {model for model, trigger in pgtrigger.registered() if _is_append_only(trigger)}
    return sorted(found, key=lambda model: model._meta.db_table)  # noqa: SLF001


def _is_append_only(trigger: pgtrigger.Trigger) -> bool:
    operations = set(str(trigger.operation).split(" OR "))
    return isinstance(trigger, pgtrigger.Protect) and operations >= {"UPDATE", "DELETE"} and trigger.condition is None


def forbid(role: str) -> None:
    """Take from `role` every right over append-only tables but reading and adding. Run as their owner."""
    with connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(
                sql.SQL("REVOKE {rights} ON {table} FROM {role}, PUBLIC").format(
                    rights=sql.SQL(", ".join(FORBIDDEN)), table=sql.Identifier(table), role=sql.Identifier(role)
                )
            )


def loopholes(role: str) -> Iterator[str]:
    """How `role` could change what is written once, in sentences; nothing when it can't."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", [role])
        row = cursor.fetchone()
        if row is None:
            yield f"There is no role {role}."
            return
        if row[0]:
            yield f"{role} is a superuser, whom no rule holds."
            return
        for table in _tables():
            cursor.execute(_RIGHTS, [role, role, table, list(FORBIDDEN), table])
            owns, rights = cursor.fetchone()
            if owns:
                yield f"{role} owns {table}, or is a member of the role that does."
            elif rights:
                yield f"{role} may {', '.join(rights)} {table}, by itself or by a role it is a member of."


_RIGHTS = """
SELECT pg_has_role(%s, owner.relowner, 'MEMBER'),
       ARRAY(SELECT name FROM unnest(right_names) AS name WHERE has_table_privilege(%s, %s, name))
FROM (SELECT %s::text[] AS right_names) AS asked, pg_class AS owner
WHERE owner.oid = %s::regclass"""


def _tables() -> list[str]:
    return [model._meta.db_table for model in append_only_models()]  # noqa: SLF001
