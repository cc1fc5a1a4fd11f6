"""Rebuilding folded columns in a migration, after the folding (core/text.py) or what is kept has changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction
from django.db.migrations.operations import RunPython

BATCH = 1_000  # rows a transaction: none is locked for long


def batches(rows: Any) -> Iterator[list[Any]]:
    """The rows of a queryset by key, a thousand at a time, however many there are."""
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield found
        last = found[-1].pk


def _say_why(connection: Any, reason: str) -> None:
    """For the audit trail, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pghistory.context_metadata', %s, TRUE)", [json.dumps({"reason": reason})])


def refold(
    model: str, written: str, folded: str, fold: Callable[[str], str], *, besides: str = "", reason: str = ""
) -> RunPython:
    """The step that sets `folded` to `fold(written)` in every row of `model` ("app.Model") in which it differs.

    Rows with a value in `besides` are left alone. `reason` is for the audit trail, where the column is tracked.
    To be used with `atomic = False`; can be run again.
    """
    app, name = model.split(".")

    def rebuild(apps: Any, schema_editor: Any) -> None:
        rows = apps.get_model(app, name).objects.using(schema_editor.connection.alias)
        if besides:
            rows = rows.filter(**{f"{besides}__isnull": True})
        for batch in batches(rows.only("pk", written, folded)):
            changed = []
            for row in batch:
                value = fold(getattr(row, written))
                if value != getattr(row, folded):
                    setattr(row, folded, value)
                    changed.append(row)
            with transaction.atomic(using=schema_editor.connection.alias):
                if reason:
                    _say_why(schema_editor.connection, reason)
                rows.bulk_update(changed, [folded])

    return RunPython(rebuild, RunPython.noop, elidable=True)
