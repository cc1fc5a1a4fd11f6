"""Hand-written statements for the few places where planning costs more than running (docs/adr/0027).

A statement is planned once on each connection and then run by its name. Behind a pooler in transaction mode the next
transaction may meet another session, which knows no such name: there the same text is sent whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.models import AutoField, JSONField, Model
from django.db.models.expressions import Col

from core.errors import Busy, sqlstate

Row = tuple[Any, ...]
M = TypeVar("M", bound=Model)
# The plan no longer fits its table, the session doesn't know the name, or knows it although we don't.
STALE = {"0A000", "26000", "42P05"}


class SqlCall(NamedTuple):
    """A statement with %s for its values, and these; `whole` is the same, planned anew. `reads`: and writes nothing."""

    text: str
    values: list[Any]
    whole: Callable[[], SqlCall] | None = None
    reads: bool = False


class Prepared:
    """`text` asks for its values as $1, $2 …, whose PostgreSQL types `types` says in that order.

    A change of a table plans anew. Where that can't be, as when a column has another type by now, the connection sends
    all of them whole from then on.
    """

    def __init__(self, name: str, types: Sequence[str], text: str) -> None:
        self.name, self.types, self.text = name, types, text
        self._reads = text.lstrip().startswith("SELECT")
        self._whole, self._order = _with_placeholders(text, types)
        self._execute = f"EXECUTE {name}({', '.join(['%s'] * len(types))})"

    def call(self, *values: Any) -> SqlCall:
        """What to hand to a cursor of this thread's connection, alone or after others, and with which values."""
        wrapper: Any = connections[DEFAULT_DB_ALIAS]  # asked often enough for the way over `connection` to be felt
        if wrapper.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]:
            return self.whole(*values)
        if not wrapper.health_check_done or wrapper.connection is None:
            wrapper.close_if_health_check_failed()
            wrapper.ensure_connection()
        if not wrapper.connection.prepares:
            return self.whole(*values)
        if self.name not in wrapper.connection.prepared:
            self._prepare(wrapper)
        return SqlCall(self._execute, list(values), partial(self.whole, *values), self._reads)

    def whole(self, *values: Any) -> SqlCall:
        """The same, planned each time."""
        return SqlCall(self._whole, [values[place] for place in self._order], reads=self._reads)

    def _prepare(self, wrapper: Any) -> None:
        """Once on each connection, and by itself: what goes wrong with the call must not undo that it is known."""
        known, wrapper.connection.prepares = wrapper.connection.prepares, False  # unless it is known to have worked
        with wrapper.wrap_database_errors, wrapper.connection.cursor() as cursor:
            cursor.execute(f"PREPARE {self.name}({', '.join(self.types)}) AS {self.text}")
        wrapper.connection.prepares = known
        wrapper.connection.prepared.add(self.name)

    def __repr__(self) -> str:
        return f"Prepared({self.name})"


def _with_placeholders(text: str, types: Sequence[str]) -> tuple[str, list[int]]:
    """The same with %s in place of each $n, which psycopg2 fills in, and which value each of them is."""
    order: list[int] = []

    def placeholder(found: re.Match[str]) -> str:
        place = int(found[1]) - 1
        order.append(place)
        return f"CAST(%s AS {types[place]})"

    return re.sub(r"\$(\d+)", placeholder, text), order


def run(*calls: SqlCall) -> Row | None:
    """Run them in this order and in one round trip; answers the first row of the last, None when it has none.

    Each sees what was committed until it began: what comes after a lock is as fresh as the lock.
    Raises Busy when a plan no longer fits inside a transaction: the next try sends them whole.
    """
    return next(iter(_rows(calls, most=1)), None)


def rows_of(call: SqlCall) -> list[Row]:
    """All rows of one statement. Raises Busy as `run`."""
    return _rows([call])


def _rows(calls: Sequence[SqlCall], *, most: int | None = None) -> list[Row]:
    try:
        return _executed(calls, most)
    except DatabaseError as error:
        wrapper: Any = connections[DEFAULT_DB_ALIAS]
        if sqlstate(error) not in STALE or wrapper.connection is None:
            raise
        wrapper.connection.prepares = False
        if wrapper.in_atomic_block:
            raise Busy from error
        return _executed([call.whole() if call.whole else call for call in calls], most)


def _executed(calls: Sequence[SqlCall], most: int | None) -> list[Row]:
    # django-pghistory goes by the first word: whatever doesn't begin with SELECT takes the context of the trail along.
    first = "SELECT" if all(call.reads for call in calls) else ""
    text = "; ".join([first, *(call.text for call in calls)])
    with connection.cursor() as cursor:
        cursor.execute(text, [value for call in calls for value in call.values])
        if not cursor.description:
            return []
        rows: list[Row] = cursor.fetchall() if most is None else cursor.fetchmany(most)
        return rows


class Columns(Generic[M]):
    """Of one model under an alias of a hand-written SELECT: their names there, and the instance made of their values.

    `but_not`: fields nobody asks for there; whoever does nevertheless pays one query, as with `defer()`.
    """

    def __init__(self, model: type[M], alias: str, *, but_not: Sequence[str] = ()) -> None:
        self.model, self.alias, self.but_not = model, alias, but_not

    @cached_property
    def _fields(self) -> list[Any]:
        return [field for field in self.model._meta.concrete_fields if field.name not in self.but_not]  # noqa: SLF001

    @cached_property
    def _names(self) -> list[str]:
        return [field.attname for field in self._fields]

    @cached_property
    def _converters(self) -> list[tuple[int, Any]]:
        """As Django's compiler has them, of the few fields that need any."""
        found: list[tuple[int, Any]] = []
        for place, field in enumerate(self._fields):
            column = Col(self.alias, field)
            ours = [*connection.ops.get_db_converters(column), *field.get_db_converters(connection)]
            found += [(place, (convert, column)) for convert in ours]
        return found

    def __str__(self) -> str:
        return ", ".join(f"{self.alias}.{connection.ops.quote_name(field.column)}" for field in self._fields)

    def read(self, row: Iterator[Any]) -> M | None:
        """Takes its values off `row`; None when all are NULL, as an outer join without a match gives."""
        values = list(islice(row, len(self._names)))
        if values[0] is None:
            return None
        for place, (convert, column) in self._converters:
            values[place] = convert(values[place], column, connection)
        return self.model.from_db(DEFAULT_DB_ALIAS, self._names, values)


def related(owner: Model | None, name: str, found: Model | None) -> None:
    """Lets `owner.name` answer `found` without a query, also that there is none; in both directions of one to one."""
    if owner is None:
        return
    field: Any = owner._meta.get_field(name)  # noqa: SLF001
    field.set_cached_value(owner, found)
    if found is not None and field.one_to_one:
        field.remote_field.set_cached_value(found, owner)


class Insert(Generic[M]):
    """Writes rows of one model as `bulk_create` does, keys left to the database.

    The values are of their fields' own types already; only fields of our own making prepare them first.
    `on_conflict`: as PostgreSQL says it, "DO NOTHING".
    """

    def __init__(self, model: type[M], *, on_conflict: str = "") -> None:
        self.model, self.on_conflict = model, on_conflict
        self._statements: dict[int, Prepared] = {}

    @cached_property
    def _fields(self) -> list[Any]:
        return [field for field in self.model._meta.concrete_fields if not _is_drawn(field)]  # noqa: SLF001

    @cached_property
    def _values(self) -> list[tuple[str, Callable[[M], Any] | None]]:
        return [(field.attname, None if _is_plain(field) else _prepared(field)) for field in self._fields]

    def call(self, rows: Sequence[M]) -> SqlCall:
        values = [prepare(row) if prepare else getattr(row, name) for row in rows for name, prepare in self._values]
        if len(rows) > _FEW:
            return self._statement(len(rows)).whole(*values)
        if len(rows) not in self._statements:
            self._statements[len(rows)] = self._statement(len(rows))
        return self._statements[len(rows)].call(*values)

    def _statement(self, count: int) -> Prepared:
        table = self.model._meta.db_table  # noqa: SLF001
        names = ", ".join(connection.ops.quote_name(field.column) for field in self._fields)
        types = [str(field.db_type(connection)).partition("(")[0] for field in self._fields]
        places = [f"${number}" for number in range(1, len(types) * count + 1)]
        rows = (places[first : first + len(types)] for first in range(0, len(places), len(types)))
        text = f"INSERT INTO {table} ({names}) VALUES " + ", ".join(f"({', '.join(row)})" for row in rows)  # noqa: S608
        text += f" ON CONFLICT {self.on_conflict}" if self.on_conflict else ""
        return Prepared(f"insert_{table}_{count}", types * count, text)


def _is_plain(field: Any) -> bool:
    """psycopg2 writes its values as they are."""
    is_djangos = type(field).__module__.startswith("django.db.models.fields")
    is_set_when_saved = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return is_djangos and not isinstance(field, JSONField) and not is_set_when_saved


def _prepared(field: Any) -> Callable[[Any], Any]:
    return lambda row: field.get_db_prep_save(field.pre_save(row, add=True), connection)


_FEW = 4  # rows; statements of more are seldom, and not worth keeping on each connection


def _is_drawn(field: Any) -> bool:
    """The database itself gives the next number."""
    return bool(field.primary_key) and isinstance(field, AutoField)
