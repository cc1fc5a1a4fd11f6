"""Querysets whose SQL is written once in a process: for the pages that all look at, where Django took longer to write a
statement than PostgreSQL to answer it.

The rules stay where they are, in querysets. Planned is each statement anew, by its values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)


class CompiledValues:
    """As `CompiledQuery`, of `queryset.values(…)` or of aggregates: rows of plain values."""

    def __init__(self, queryset: QuerySet[Any, Any], stand_ins: Mapping[str, Any]) -> None:
        compiler: Any = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self._text, params = compiler.as_sql()
        self._places = _places(params, stand_ins)
        if compiler.get_converters([column[0] for column in compiler.select]):
            raise ValueError("a value would have to be converted")
        self._names = [name or column.target.attname for column, _, name in compiler.select]

    def run(self, **values: Any) -> list[dict[str, Any]]:
        """The rows, each by its columns' names."""
        params = [param if name is None else values[name] for name, param in self._places]
        with connection.cursor() as cursor:
            cursor.execute(self._text, params)
            return [dict(zip(self._names, row, strict=True)) for row in cursor.fetchall()]


def _places(params: Iterable[Any], stand_ins: Mapping[str, Any]) -> list[tuple[str | None, Any]]:
    """Each value of a statement, with the name of the stand-in it is. Raises ValueError for one that is not there."""
    names = {(type(value), value): name for name, value in stand_ins.items()}
    places = [(names.get((type(param), param)), param) for param in params]
    missing = set(stand_ins) - {name for name, _ in places}
    if missing:
        raise ValueError(f"not in the statement: {sorted(missing)}")
    return places


class CompiledQuery(Generic[M]):
    """`queryset` as it is now, with stand-ins in the places of values that are not known yet, by their names.

    A stand-in is of the type its column takes, and like no other value of the statement. Everything else in it is
    kept, what it read from settings too.
    """

    def __init__(self, queryset: QuerySet[M], stand_ins: Mapping[str, Any]) -> None:
        compiler: Any = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self._text, params = compiler.as_sql()
        self._places = _places(params, stand_ins)
        self._converters = compiler.get_converters([column[0] for column in compiler.select])
        self._annotations: dict[str, int] = compiler.annotation_col_map or {}
        info = compiler.klass_info
        self._model: type[M] = info["model"]
        self._first, self._last = info["select_fields"][0], info["select_fields"][-1] + 1
        self._names = [column[0].target.attname for column in compiler.select[self._first : self._last]]
        self._related = get_related_populators(info, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # stubs are newer

    def run(self, **values: Any) -> list[M]:
        """The rows as instances, with what `select_related` and `annotate` named."""
        params = [param if name is None else values[name] for name, param in self._places]
        with connection.cursor() as cursor:
            cursor.execute(self._text, params)
            rows = cursor.fetchall()
        return [self._instance(row) for row in rows]

    def _instance(self, row: tuple[Any, ...]) -> M:
        if self._converters:
            changed = list(row)
            for place, (functions, column) in self._converters.items():
                for convert in functions:
                    changed[place] = convert(changed[place], column, connection)
            row = tuple(changed)
        found = self._model.from_db(DEFAULT_DB_ALIAS, self._names, row[self._first : self._last])
        for related in self._related:
            related.populate(row, found)
        for name, place in self._annotations.items():
            setattr(found, name, row[place])
        return found
