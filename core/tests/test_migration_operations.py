"""An index built concurrently is built anew, whatever an earlier try left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.state import ProjectState

from core.migration_operations import BuildIndexConcurrently

INDEX = "of_a_test"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _none_is_left() -> Iterator[None]:
    yield
    sql(f"DROP INDEX IF EXISTS {INDEX}")


def sql(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize("left", ["nothing", "a finished one", "one that is not valid"])
def test_it_can_be_repeated(left: str) -> None:
    if left != "nothing":
        sql(f"CREATE INDEX {INDEX} ON doctors_department (slug)")
    if left == "one that is not valid":
        sql(f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{INDEX}'::regclass")

    build = BuildIndexConcurrently("department", models.Index(fields=["name"], name=INDEX))
    before = ProjectState.from_apps(apps)
    after = before.clone()
    build.state_forwards("doctors", after)
    with connection.schema_editor(atomic=False) as editor:
        build.database_forwards("doctors", editor, before, after)

    ((is_valid, definition),) = sql(
        f"SELECT indisvalid, pg_get_indexdef(indexrelid) FROM pg_index WHERE indexrelid = '{INDEX}'::regclass"
    )
    assert is_valid
    assert str(definition).endswith("(name)")
