"""Operations of migrations that hold no long lock and can be repeated, should one stop half-way."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently


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
