"""What is asked of the database, each statement by its text.

Several may be sent at once, and a prepared one by its name alone (core/postgres/prepared.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

_PREPARED = re.compile(r"EXECUTE (\w+)")
_TEXT = "SELECT statement FROM pg_prepared_statements WHERE name = %s"


@contextmanager
def watching_statements() -> Iterator[list[str]]:
    """Those of this thread while the block runs, with placeholders for their values."""
    seen: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.extend(filter(None, map(_text_of, sql.split(";"))))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield seen


def _text_of(statement: str) -> str:
    found = _PREPARED.match(statement.strip())
    if found is None:
        return statement.strip()
    with connection.connection.cursor() as cursor:  # not through Django: it is no statement of theirs
        cursor.execute(_TEXT, [found[1]])
        (prepared,) = cursor.fetchone()
    return str(prepared).partition(" AS ")[2].strip()
