"""Taking a guard away, for the controls: the same race must then be seen to go wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model, QuerySet

from bookings.services import book_statements
from core.postgres.prepared import Prepared
from doctors.models import Slot
from patients.models import PatientProfile

PATIENCE = 120  # seconds; a control whose race can't happen breaks instead of hanging


@contextmanager
def without_constraint(model: type[Model], name: str) -> Iterator[None]:
    """The database without one named constraint of `model`; the rows that broke it are thrown away afterwards."""
    constraint = next(one for one in model._meta.constraints if one.name == name)
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, constraint)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE bookings_booking, doctors_slot, {model._meta.db_table} CASCADE")
        with connection.schema_editor() as editor:
            editor.add_constraint(model, constraint)


def unlock(monkeypatch: pytest.MonkeyPatch, *models: type[Model]) -> None:
    """Rows of these models (of all, when none is named) are read, but not locked, whichever function asks."""
    lock_rows = QuerySet.select_for_update

    def select_for_update(rows: QuerySet[Any], *args: Any, **kwargs: Any) -> QuerySet[Any]:
        return rows.all() if rows.model in models or not models else lock_rows(rows, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "select_for_update", select_for_update)
    if Slot in models or not models:
        read_slot = Prepared("book_unlocked_slot", ["uuid"], "SELECT FROM doctors_slot WHERE id = $1")
        monkeypatch.setattr(book_statements, "_lock_slot", lambda: read_slot)
    if PatientProfile in models or not models:
        monkeypatch.setattr(book_statements, "_lock_patients", _read_patients)


def _read_patients(way: str) -> Prepared:
    found = book_statements._LOCKED_BY_WAY[way]
    text = f"SELECT FROM patients_patientprofile WHERE {found} ORDER BY id"
    return Prepared(f"book_unlocked_{way}", ["bigint", "bigint"], text)


def meet_after(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, *, parties: int) -> None:
    """Nobody goes on from `owner.name` to the write before all `parties` have read: the race is certain."""
    meeting = Barrier(parties)
    decide: Callable[..., Any] = getattr(owner, name)

    def decide_together(*args: Any, **kwargs: Any) -> Any:
        try:
            return decide(*args, **kwargs)
        finally:
            meeting.wait(timeout=PATIENCE)

    monkeypatch.setattr(owner, name, decide_together)


_WAITERS = """
    SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE NOT granted AND pg_stat_activity.datname = current_database()"""


def wait_for_the_other(is_there: Callable[[], bool]) -> None:
    """Come back once the other is there as well, or waits for a lock of ours."""
    deadline = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while not is_there() and (cursor.execute(_WAITERS) or cursor.fetchone() == (0,)):
            assert time.monotonic() < deadline, "nobody waits and nobody is there: the race can't happen"


def insert_slots_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times go in one by one, and after its first each of two creators waits for the other."""
    inserted: list[Slot] = []

    def insert(slots: Iterable[Slot], **_: Any) -> list[Slot]:
        first, *others = slots
        first.save(force_insert=True)
        inserted.append(first)
        wait_for_the_other(lambda: len(inserted) == 2)
        for slot in others:
            slot.save(force_insert=True)
        return [first, *others]

    monkeypatch.setattr(Slot.objects, "bulk_create", insert)


def start_inside(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, act: Callable[[], Any]) -> Callable[[], Any]:
    """The race, made certain: `act` begins when somebody has locked, looked, and come to `owner.name`; they go on there
    once `act` waits for one of their locks, or is over because nothing held it back. Whoever comes there later, `act`
    itself too, is not held up."""
    go_on: Callable[..., Any] = getattr(owner, name)
    has_come, is_over = Event(), Event()

    def come_and_wait(*args: Any, **kwargs: Any) -> Any:
        if not has_come.is_set():
            has_come.set()
            wait_for_the_other(is_over.is_set)
        return go_on(*args, **kwargs)

    def begin_then() -> Any:
        assert has_come.wait(PATIENCE)
        try:
            return act()
        finally:
            is_over.set()

    monkeypatch.setattr(owner, name, come_and_wait)
    return begin_then
