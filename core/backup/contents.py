"""What a database holds, in numbers that can be compared: of the same rows and rules they are the same anywhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from psycopg2 import sql
from psycopg2.extensions import connection as Connection  # noqa: N812  a class

# A row's text depends on these; and reading everything takes as long as it takes.
PINNED = {
    "search_path": "",
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "row_security": "off",  # fail rather than leave rows out
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}
# What is ours: neither PostgreSQL's own nor an extension's.
COMMON = """
WITH schema AS (
    SELECT * FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
), relation AS (
    SELECT n.nspname, c.* FROM pg_catalog.pg_class c JOIN schema n ON n.oid = c.relnamespace
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype = 'e' AND d.objid = c.oid
                      AND d.classid = 'pg_catalog.pg_class'::regclass)
), function AS (
    SELECT n.nspname, f.* FROM pg_catalog.pg_proc f JOIN schema n ON n.oid = f.pronamespace
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype = 'e' AND d.objid = f.oid
                      AND d.classid = 'pg_catalog.pg_proc'::regclass)
)
"""
TABLES = "SELECT nspname, relname FROM relation WHERE relkind = 'r' ORDER BY 1, 2"
# By kind, one line for each thing; nothing in a line may differ between two servers or versions of PostgreSQL.
RULES = {
    "relations": "SELECT concat_ws(' ', nspname, relname, relkind) FROM relation WHERE relkind <> 'c'",
    "columns": """
        SELECT concat_ws(' ', c.nspname, c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
                         a.attnotnull, a.attidentity, a.attgenerated)
        FROM relation c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraints": """
        SELECT concat_ws(' ', c.nspname, c.relname, k.conname, k.contype, k.convalidated, k.condeferrable)
        FROM relation c JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid
        WHERE k.contype IN ('c', 'f', 'p', 'u', 'x')""",
    "indexes": """
        SELECT concat_ws(' ', c.nspname, c.relname, i.indisvalid, i.indisunique)
        FROM relation c JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid""",
    "triggers": """
        SELECT concat_ws(' ', c.nspname, c.relname, t.tgname, t.tgenabled)
        FROM relation c JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid WHERE NOT t.tgisinternal""",
    "functions": """
        SELECT concat_ws(' ', nspname, proname, pg_catalog.pg_get_function_identity_arguments(oid), md5(prosrc))
        FROM function""",
}
GRANTS = """
    SELECT concat_ws(' ', c.nspname, c.relname, coalesce(r.rolname, 'PUBLIC'), acl.privilege_type)
    FROM relation c CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) acl
    LEFT JOIN pg_catalog.pg_roles r ON r.oid = acl.grantee
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S') AND acl.grantee <> c.relowner
    UNION ALL
    SELECT concat_ws(' ', c.nspname, c.relname, 'owner', r.rolname)
    FROM relation c JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S')"""
ROLES = """
    SELECT r.rolname FROM pg_catalog.pg_roles r WHERE r.rolname !~ '^pg_' AND r.oid IN (
        SELECT relowner FROM relation
        UNION SELECT acl.grantee FROM relation, pg_catalog.aclexplode(relacl) acl
        UNION SELECT proowner FROM function
        UNION SELECT acl.grantee FROM function, pg_catalog.aclexplode(proacl) acl
        UNION SELECT nspowner FROM schema
        UNION SELECT acl.grantee FROM schema, pg_catalog.aclexplode(nspacl) acl
        UNION SELECT defaclrole FROM pg_catalog.pg_default_acl
        UNION SELECT acl.grantee FROM pg_catalog.pg_default_acl, pg_catalog.aclexplode(defaclacl) acl
        UNION SELECT datdba FROM pg_catalog.pg_database WHERE datname = current_database()
    ) ORDER BY 1"""
DIGEST_OF_ROWS = """
SELECT count(*), coalesce(sum(pg_catalog.hashtextextended({row}::text, 0)::numeric), 0)::text FROM {table} AS {row}"""
Digest = list[Any]  # [how many, digest]: as it stands in the manifest


def pin(connection: Connection) -> None:
    """Read everything as it stands at one moment, in one way of writing; nothing can be changed by it."""
    connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    for name, value in PINNED.items():
        rows(connection, "SELECT pg_catalog.set_config(%s, %s, FALSE)", [name, value])


def rows(connection: Connection, statement: str | sql.Composable, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values) or None)
        return cursor.fetchall() if cursor.description else []


def _catalog(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    return rows(connection, sql.SQL(COMMON) + sql.SQL(statement))


def tables(connection: Connection, *, but: Iterable[str] = ()) -> dict[str, Digest]:
    """By table: how many rows, and the sum of their digests, in which no order matters."""
    found = _catalog(connection, TABLES)
    return {
        f"{schema}.{table}": _digest_of_rows(connection, schema, table)
        for schema, table in found
        if f"{schema}.{table}" not in set(but)
    }


def _digest_of_rows(connection: Connection, schema: str, table: str) -> Digest:
    # Under a name no column has: else it would be that column's value.
    row, name = sql.Identifier("the whole row"), sql.Identifier(schema, table)
    statement = sql.SQL(DIGEST_OF_ROWS).format(row=row, table=name)
    return list(rows(connection, statement)[0])


def rules(connection: Connection, *, grants: bool) -> dict[str, Digest]:
    """By kind: how many relations, constraints, triggers … there are, and a digest of their names and states."""
    kinds = RULES | ({"grants": GRANTS} if grants else {})
    return {kind: _digest_of_lines(_catalog(connection, statement)) for kind, statement in kinds.items()}


def _digest_of_lines(found: list[tuple[Any, ...]]) -> Digest:
    lines = sorted(row[0] for row in found)
    return [len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()]


def roles(connection: Connection) -> list[str]:
    """The roles that own something in this database or were granted something."""
    return [row[0] for row in _catalog(connection, ROLES)]


def migrations(connection: Connection) -> list[str]:
    """What was migrated, "app.0001_name"."""
    if not rows(connection, "SELECT pg_catalog.to_regclass('public.django_migrations')")[0][0]:
        return []
    return [row[0] for row in rows(connection, "SELECT app || '.' || name FROM public.django_migrations ORDER BY 1")]
