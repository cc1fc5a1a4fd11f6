"""Migrations stop nobody who books: what squawk finds in their SQL, as far as it holds for a table in use.

Applies to all that are newer than `BEFORE`. A table the same migration makes may be made in any way.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tests.architecture.source import ROOT

SQUAWK = Path(sys.executable).with_name("squawk")
# The last migration of each app before there was this test.
BEFORE = {"accounts": 8, "audit": 2, "bookings": 11, "doctors": 7, "integrations": 3, "patients": 6, "privacy": 2}
RULES = {
    "require-concurrent-index-creation": "BuildIndexConcurrently, with atomic = False",
    "require-concurrent-index-deletion": "RemoveIndexConcurrently, with atomic = False",
    "ban-concurrent-index-creation-in-transaction": "atomic = False",
    "ban-drop-default": "db_default: the code that still runs writes rows without this column",
    "adding-required-field": "db_default, or null=True",
    "adding-not-nullable-field": "a check that is NOT VALID, validated by a later migration, and then the NOT NULL",
    "adding-field-with-default": "a default that is a constant, or null=True and batches",
    "adding-foreign-key-constraint": "AddConstraintNotValid by SQL, validated by a later migration",
    "constraint-missing-not-valid": "AddConstraintNotValid, and ValidateConstraint in a later migration",
    "disallowed-unique-constraint": "a unique index made concurrently",
    "changing-column-type": "another column, filled in batches",
    "renaming-column": "db_column, or another column: the code that still runs knows the old name",
    "renaming-table": "db_table",
    "ban-drop-column": "first a version that does not ask for it (SeparateDatabaseAndState), then the drop",
    "ban-drop-table": "first a version that does not ask for it, then the drop",
}
# Of these a hospital has dozens of rows: an index or a check is made in no time.
SMALL = {"doctors_department", "doctors_closure", "auth_group", "auth_permission", "django_content_type"}
QUICK_WHEN_SMALL = {
    *("require-concurrent-index-creation", "require-concurrent-index-deletion", "adding-foreign-key-constraint"),
    *("constraint-missing-not-valid", "disallowed-unique-constraint", "adding-not-nullable-field"),
}
# (app, name, rule): why it is right all the same.
ACCEPTED: dict[tuple[str, str, str], str] = {}
TABLE = re.compile(r'(?:ALTER TABLE|\bON)\s+(?:ONLY\s+)?"?(\w+)"?')
EMPTY_COLUMN = re.compile(r"ADD COLUMN .* NULL(?<!NOT NULL)\b(?!.*\bDEFAULT\b)")


def found_in(sql: str, *, atomic: bool = True) -> Iterator[tuple[str, str]]:
    """Each broken rule, and the line that breaks it."""
    command = [str(SQUAWK), "--reporter", "json", "--pg-version", "18.0"]
    command += ["--assume-in-transaction"] if atomic else []
    done = subprocess.run(command, cwd=ROOT, input=sql, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("["), done.stderr
    lines = sql.splitlines()
    for warning in json.loads(done.stdout):
        rule, line = warning["rule_name"], lines[warning["line"]]
        if rule in RULES and not _is_quick(rule, line):
            yield rule, line


def _is_quick(rule: str, line: str) -> bool:
    table = TABLE.search(line)
    if rule in QUICK_WHEN_SMALL and table is not None and table[1] in SMALL:
        return True
    # A reference in a new column without values: PostgreSQL has no row to look at.
    return rule == "adding-foreign-key-constraint" and bool(EMPTY_COLUMN.search(line))


def newer() -> list[tuple[str, str]]:
    ours = {config.label for config in apps.get_app_configs() if (ROOT / config.name).is_dir()}
    keys = MigrationLoader(None).disk_migrations
    return sorted((app, name) for app, name in keys if app in ours and int(name[:4]) > BEFORE.get(app, 0))


@pytest.mark.django_db(transaction=True)  # what is made concurrently refuses to be read inside a transaction
def test_new_migrations_stop_nobody() -> None:
    loader = MigrationLoader(connection, replace_migrations=False)
    broken = []
    for key in newer():
        migration = loader.disk_migrations[key]
        sql = "\n".join(loader.collect_sql([(migration, False)]))  # type: ignore[list-item]
        for rule, line in found_in(sql, atomic=migration.atomic):
            if (*key, rule) not in ACCEPTED:
                broken.append(f"{'.'.join(key)}: {rule}: use {RULES[rule]}: {line[:200]}")

    assert newer()
    assert broken == []


REPEATABLE = re.compile(
    r'^(?:BEGIN|COMMIT|--.*|DROP INDEX CONCURRENTLY IF EXISTS "?\w+"?|'
    r'CREATE INDEX CONCURRENTLY "?(?P<index>\w+)"? .*)?;?$'
)


def not_repeatable(sql: str) -> list[str]:
    """Statements outside a transaction that fail, or do something else, when they were done before."""
    lines = sql.splitlines()
    found = [(line, REPEATABLE.match(line)) for line in lines]
    dropped = {name for line in lines for name in re.findall(r'^DROP INDEX CONCURRENTLY IF EXISTS "?(\w+)', line)}
    return [line for line, fit in found if fit is None or (fit["index"] and fit["index"] not in dropped)]


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_stops_half_way_can_be_repeated() -> None:
    loader = MigrationLoader(connection, replace_migrations=False)
    looked_at, broken = [], {}
    for key in newer():
        migration = loader.disk_migrations[key]
        if not migration.atomic:
            looked_at.append(key)
            broken[key] = not_repeatable("\n".join(loader.collect_sql([(migration, False)])))  # type: ignore[list-item]

    assert looked_at
    assert {key: lines for key, lines in broken.items() if lines} == {}


@pytest.mark.parametrize(
    "sql",
    [
        'ALTER TABLE "t" ADD COLUMN "n" integer NULL;',
        'CREATE INDEX CONCURRENTLY "i" ON "t" ("n");',
        'DROP INDEX CONCURRENTLY "i";',
    ],
)
def test_what_can_not_be_repeated_is_found(sql: str) -> None:
    assert not_repeatable(f"--\n{sql}\n") == [sql]
    assert not_repeatable('DROP INDEX CONCURRENTLY IF EXISTS "i";\nCREATE INDEX CONCURRENTLY "i" ON "t" ("n");') == []


BAD = {
    "require-concurrent-index-creation": 'CREATE INDEX "i" ON "doctors_slot" ("starts_at");',
    "require-concurrent-index-deletion": 'DROP INDEX "i";',
    "ban-concurrent-index-creation-in-transaction": (
        'CREATE INDEX CONCURRENTLY "i" ON "doctors_slot" ("starts_at");\n'
        'ALTER TABLE "doctors_slot" ADD COLUMN "n" integer NULL;'
    ),
    "ban-drop-default": 'ALTER TABLE "doctors_slot" ALTER COLUMN "n" DROP DEFAULT;',
    "adding-required-field": 'ALTER TABLE "bookings_booking" ADD COLUMN "n" integer NOT NULL;',
    "adding-not-nullable-field": 'ALTER TABLE "bookings_booking" ALTER COLUMN "n" SET NOT NULL;',
    "adding-field-with-default": 'ALTER TABLE "bookings_booking" ADD COLUMN "n" uuid DEFAULT gen_random_uuid();',
    "adding-foreign-key-constraint": (
        'ALTER TABLE "bookings_booking" ADD CONSTRAINT "f" FOREIGN KEY ("n") REFERENCES "accounts_user" ("id");'
    ),
    "constraint-missing-not-valid": 'ALTER TABLE "bookings_booking" ADD CONSTRAINT "c" CHECK ("n" > 0);',
    "disallowed-unique-constraint": 'ALTER TABLE "bookings_booking" ADD CONSTRAINT "u" UNIQUE ("n");',
    "changing-column-type": 'ALTER TABLE "bookings_booking" ALTER COLUMN "n" TYPE text;',
    "renaming-column": 'ALTER TABLE "bookings_booking" RENAME COLUMN "a" TO "b";',
    "renaming-table": 'ALTER TABLE "bookings_booking" RENAME TO "bookings_other";',
    "ban-drop-column": 'ALTER TABLE "bookings_booking" DROP COLUMN "n";',
    "ban-drop-table": 'DROP TABLE "bookings_booking";',
}
GOOD = (
    (
        'CREATE TABLE "t" ("id" bigint NOT NULL PRIMARY KEY, "n" bigint NOT NULL);\n'
        'ALTER TABLE "t" ADD CONSTRAINT "f" FOREIGN KEY ("n") REFERENCES "accounts_user" ("id");\n'
        'CREATE INDEX "i" ON "t" ("n");'
    ),
    'ALTER TABLE "bookings_booking" ADD COLUMN "n" varchar(20) DEFAULT \'\' NOT NULL;',
    'ALTER TABLE "bookings_booking" ADD COLUMN "n" integer NULL;',
    (
        'ALTER TABLE "bookings_booking" ADD COLUMN "by_id" bigint NULL CONSTRAINT "f" REFERENCES "accounts_user"("id") '
        'DEFERRABLE INITIALLY DEFERRED; SET CONSTRAINTS "f" IMMEDIATE;'
    ),
    'ALTER TABLE "bookings_booking" ADD CONSTRAINT "c" CHECK ("n" > 0) NOT VALID;',
    'CREATE INDEX "i" ON "doctors_department" ("name");',
)


def test_every_rule_is_shown_to_bite() -> None:
    assert set(BAD) == set(RULES)


@pytest.mark.parametrize("rule", BAD)
def test_what_would_stop_people_is_found(rule: str) -> None:
    assert rule in {name for name, _ in found_in(BAD[rule])}


@pytest.mark.parametrize("sql", GOOD)
def test_what_stops_nobody_is_not(sql: str) -> None:
    assert list(found_in(sql)) == []


def test_a_concurrent_index_outside_a_transaction_is_right() -> None:
    assert list(found_in('CREATE INDEX CONCURRENTLY "i" ON "doctors_slot" ("starts_at");', atomic=False)) == []


def test_the_way_django_adds_a_required_column_is_found() -> None:
    """A default for the rows that are there, taken away at once: what still runs the old code gets an error."""
    sql = (
        'ALTER TABLE "bookings_booking" ADD COLUMN "n" integer DEFAULT 0 NOT NULL;\n'
        'ALTER TABLE "bookings_booking" ALTER COLUMN "n" DROP DEFAULT;'
    )
    assert {rule for rule, _ in found_in(sql)} == {"ban-drop-default"}
