"""What the application's own database role may not do: change the trail, or delete people, appointments and histories.

The triggers refuse updates and deletes of everybody; but whoever owns a table can switch its triggers off, and TRUNCATE
asks no such trigger. So in production the application signs in to the database as a role that owns nothing
(docs/audit.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pgtrigger
from django.db import connection
from psycopg2 import sql

# What a role must not be able to do to a table whose rows are never deleted, and to one whose rows never change either.
KEPT = ("DELETE", "TRUNCATE", "TRIGGER", "REFERENCES")
APPEND_ONLY = ("UPDATE", *KEPT)


def forbidden() -> dict[str, tuple[str, ...]]:
    """The rights nobody needs, by table: as the models' own triggers say, those that refuse without exception."""
    refused: dict[str, set[str]] = defaultdict(set)
    for model, trigger in pgtrigger.registered():
        if isinstance(trigger, pgtrigger.Protect) and trigger.condition is None:
            refused[model._meta.db_table] |= set(str(trigger.operation).split(" OR "))  # noqa: SLF001
    kept = {table: operations for table, operations in sorted(refused.items()) if "DELETE" in operations}
    return {table: APPEND_ONLY if "UPDATE" in operations else KEPT for table, operations in kept.items()}


def forbid(role: str) -> None:
    """Take those rights from `role`. Run as the owner of the tables."""
    with connection.cursor() as cursor:
        for table, rights in forbidden().items():
            cursor.execute(
                sql.SQL("REVOKE {rights} ON {table} FROM {role}, PUBLIC").format(
                    rights=sql.SQL(", ".join(rights)), table=sql.Identifier(table), role=sql.Identifier(role)
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
        for table, rights in forbidden().items():
            cursor.execute(_RIGHTS, [role, role, table, list(rights), table])
            owns, has = cursor.fetchone()
            if owns:
                yield f"{role} owns {table}, or is a member of the role that does."
            elif has:
                yield f"{role} may {', '.join(has)} {table}, by itself or by a role it is a member of."


_RIGHTS = """
SELECT pg_has_role(%s, owner.relowner, 'MEMBER'),
       ARRAY(SELECT name FROM unnest(right_names) AS name WHERE has_table_privilege(%s, %s, name))
FROM (SELECT %s::text[] AS right_names) AS asked, pg_class AS owner
WHERE owner.oid = %s::regclass"""
