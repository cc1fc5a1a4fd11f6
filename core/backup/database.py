"""The database around its contents: how it sorts, its own settings, who may connect, and its name."""

from __future__ import annotations

import time
from typing import Any

from django.utils.translation import gettext as _
from psycopg2 import Error as PostgresError
from psycopg2 import errors, sql
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT
from psycopg2.extensions import connection as Connection  # noqa: N812  a class

from core.backup.contents import rows
from core.backup.errors import BackupError

MAINTENANCE = "postgres"  # the database one signs in to when another is made or renamed
LEAVING_SECONDS = 3  # PostgreSQL itself waits 5 before it refuses to rename
LONGEST_NAME = 63  # bytes; PostgreSQL cuts the rest off
RESTORES = "HMS: restore of "  # with the database's name the advisory lock: one restore of it at a time

PROPERTIES = """
SELECT to_jsonb(d) ->> 'datlocprovider', d.datcollate, d.datctype,
       coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'), pg_encoding_to_char(d.encoding),
       pg_get_userbyid(d.datdba)
FROM pg_catalog.pg_database d WHERE d.datname = current_database()"""
SETTINGS = """
SELECT coalesce(r.rolname, ''), line FROM pg_catalog.pg_db_role_setting s CROSS JOIN unnest(s.setconfig) AS line
LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
WHERE s.setdatabase = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())"""
GRANTS = """
SELECT coalesce(r.rolname, ''), acl.privilege_type
FROM pg_catalog.pg_database d, aclexplode(d.datacl) acl LEFT JOIN pg_catalog.pg_roles r ON r.oid = acl.grantee
WHERE d.datname = current_database() AND acl.grantee <> d.datdba"""
USERS = """
SELECT count(*) FROM pg_catalog.pg_stat_activity
WHERE datname = %s AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""


def properties(connection: Connection) -> dict[str, Any]:
    """Of the database one is connected to; `create` makes another one like it."""
    provider, collate, ctype, locale, encoding, owner = rows(connection, PROPERTIES)[0]
    restricted = rows(
        connection, "SELECT datacl IS NOT NULL FROM pg_catalog.pg_database WHERE datname = current_database()"
    )
    return {
        "encoding": encoding,
        "locale": {"provider": provider, "collate": collate, "ctype": ctype, "locale": locale},
        "owner": owner,
        "settings": [list(row) for row in rows(connection, SETTINGS)],
        "grants": [list(row) for row in rows(connection, GRANTS)] if restricted[0][0] else None,
    }


def exists(connection: Connection, name: str) -> bool:
    return bool(rows(connection, "SELECT 1 FROM pg_catalog.pg_database WHERE datname = %s", [name]))


def is_in_use(connection: Connection, name: str) -> bool:
    """Whether others are connected to a database; who has just gone gets a moment to be gone."""
    deadline = time.monotonic() + LEAVING_SECONDS
    while rows(connection, USERS, [name])[0][0]:
        if time.monotonic() > deadline:
            return True
        time.sleep(0.1)
    return False


def lock_restores(connection: Connection, name: str) -> None:
    """Until the connection is closed. Raises BackupError when another restore of this database is at work."""
    connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    rows(connection, "SET statement_timeout = 0")
    if not rows(connection, "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [RESTORES + name])[0][0]:
        raise BackupError(_("Another restore of %(name)s is at work: wait until it has ended.") % {"name": name})


def create(connection: Connection, name: str, like: dict[str, Any]) -> None:
    """An empty database that sorts as the one in the backup did. Raises BackupError."""
    locale = like["locale"]
    names = {"c": "libc", "i": "icu", "b": "builtin"}
    options = [("ENCODING", like["encoding"]), ("LC_COLLATE", locale["collate"]), ("LC_CTYPE", locale["ctype"])]
    if locale["provider"] in {"i", "b"}:
        options.append(("LOCALE_PROVIDER", names[locale["provider"]]))
        options.append(("ICU_LOCALE" if locale["provider"] == "i" else "BUILTIN_LOCALE", locale["locale"]))
    written = [sql.SQL(key) + sql.SQL(" = ") + sql.Literal(value) for key, value in options]
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ").format(sql.Identifier(name))
    try:
        rows(connection, statement + sql.SQL(" ").join(written))
    except errors.InsufficientPrivilege as error:
        raise BackupError(
            _("Your role may not make a database: sign in as one with CREATEDB, such as a superuser (docs/backup.md).")
        ) from error
    except PostgresError as error:
        raise _cannot(_("The database %(name)s can't be made (%(reason)s)."), name, error) from error


def drop(connection: Connection, name: str) -> None:
    rows(connection, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def apply(connection: Connection, name: str, like: dict[str, Any]) -> None:
    """Give a database the owner, the settings and the rights of the one in the backup. Raises BackupError."""
    database = sql.Identifier(name)
    statements = [sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, sql.Identifier(like["owner"]))]
    if like["grants"] is not None:
        statements.append(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    for role, right in like["grants"] or []:
        to = sql.Identifier(role) if role else sql.SQL("PUBLIC")
        statements.append(sql.SQL("GRANT {} ON DATABASE {} TO {}").format(sql.SQL(right), database, to))
    for role, line in like["settings"]:
        setting, _equals, value = line.partition("=")
        whose = sql.SQL("ROLE {} IN DATABASE").format(sql.Identifier(role)) if role else sql.SQL("DATABASE")
        words = sql.SQL("ALTER {} {} SET {} TO {}")
        statements.append(words.format(whose, database, sql.Identifier(setting), sql.Literal(value)))
    try:
        for statement in statements:
            rows(connection, statement)
    except PostgresError as error:
        raise _cannot(_("The rights of the database %(name)s can't be set (%(reason)s)."), name, error) from error


def swap(connection: Connection, name: str, new: str, aside: str) -> None:
    """`new` takes the name, and what had it is called `aside`: both or neither. Raises BackupError."""
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    renames = [(name, aside)] if exists(connection, name) else []
    try:
        rows(connection, "BEGIN")
        for old, called in [*renames, (new, name)]:
            rows(connection, rename.format(sql.Identifier(old), sql.Identifier(called)))
        rows(connection, "COMMIT")
    except PostgresError as error:
        rows(connection, "ROLLBACK")
        if isinstance(error, errors.ObjectInUse):
            raise in_use(name) from error
        raise _cannot(_("The database %(name)s can't be renamed (%(reason)s)."), name, error) from error


def in_use(name: str) -> BackupError:
    return BackupError(
        _("The database %(name)s is in use: stop the site (web server, worker, consoles) and run this again.")
        % {"name": name}
    )


def short(name: str, ending: str) -> str:
    """`name` with `ending`, within the length of a name."""
    return name[: LONGEST_NAME - len(ending)] + ending


def _cannot(sentence: str, name: str, error: PostgresError) -> BackupError:
    reason = (str(error).strip().splitlines() or [""])[0]
    return BackupError(sentence % {"name": name, "reason": reason})
