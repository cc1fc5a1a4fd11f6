"""Operations of migrations that hold no long lock and can be repeated, should one stop half-way."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.migrations import AlterField, RunSQL, SeparateDatabaseAndState
from django.db.models import ForeignKey


class BuildIndexConcurrently(AddIndexConcurrently):
    """Django's, after dropping what an earlier try left under the name: a concurrent build that is given up leaves an
    index that is not valid, and one that was finished just before the end was not noted as done.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if self.allow_migrate_model(
            schema_editor.connection.alias, to_state.apps.get_model(app_label, self.model_name)
        ):
            name = schema_editor.quote_name(self.index.name)
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)


def drop_foreign_key_index(
    model_name: str, field_name: str, field: ForeignKey[Any, Any], *, table: str, index: str
) -> SeparateDatabaseAndState:
    """`field` has `db_index=False` now: its index goes, and nothing else is touched, while others read and write.

    Django's own `AlterField` would take the constraint away and check every row anew.
    """
    name, column = f'"{index}"', f'"{field_name}_id"'
    return SeparateDatabaseAndState(
        state_operations=[AlterField(model_name, field_name, field)],
        database_operations=[
            RunSQL(
                f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
                f'CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON "{table}" ({column})',
            )
        ],
    )


def drop_like_index(*, table: str, column: str, index: str) -> RunSQL:
    """The second index Django gives a unique text, for `startswith`, which nobody asks of this one."""
    name = f'"{index}"'
    return RunSQL(
        f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
        f'CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON "{table}" ("{column}" varchar_pattern_ops)',
    )
