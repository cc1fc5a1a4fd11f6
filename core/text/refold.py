"""Rebuilding folded columns in a migration, after the folding (core/text/folding.py) or what is kept has changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction
from django.db.migrations.operations import RunPython

BATCH = 1_000  # rows a transaction: none is locked for long
TRIES = 5  # how often a row that somebody changes meanwhile is read anew


def batches(rows: Any) -> Iterator[list[Any]]:
    """The rows of a queryset by key, a thousand at a time, however many there are."""
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield found
        last = found[-1].pk


def say_why(connection: Any, reason: str) -> None:
    """For the audit trail, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pghistory.context_metadata', %s, TRUE)", [json.dumps({"reason": reason})])


def refold(
    model: str, written: str, folded: str, fold: Callable[[str], str], *, besides: str = "", reason: str = ""
) -> RunPython:
    """The step that sets `folded` to `fold(written)` in every row of `model` ("app.Model") in which it differs.

    Each row is written only while it is as it was read: the site may run, and what somebody writes meanwhile stands.
    Rows with a value in `besides` are left alone. `reason` is for the audit trail, where the column is tracked.
    To be used with `atomic = False`; can be run again.
    """
    app, name = model.split(".")

    def rebuild(apps: Any, schema_editor: Any) -> None:
        rows = apps.get_model(app, name).objects.using(schema_editor.connection.alias)
        if besides:
            rows = rows.filter(**{f"{besides}__isnull": True})
        read = rows.only("pk", *{written, folded})
        for batch in batches(read):
            with transaction.atomic(using=schema_editor.connection.alias):
                if reason:
                    say_why(schema_editor.connection, reason)
                for row in batch:
                    _fold_one(rows, row)

    def _fold_one(rows: Any, row: Any) -> None:
        """Of a value that somebody changes meanwhile the new one stands, and is folded."""
        for _try in range(TRIES):
            seen = {written: getattr(row, written), folded: getattr(row, folded)}
            value = fold(seen[written])
            if value == seen[folded] or rows.filter(pk=row.pk, **seen).update(**{folded: value}):
                return
            row = rows.filter(pk=row.pk).first()
            if row is None:
                return
        raise RuntimeError(f"{model} {row.pk} is changed all the time: run the migration again")

    return RunPython(rebuild, RunPython.noop, elidable=True)
