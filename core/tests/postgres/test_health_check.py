"""A connection that answered just now is used again without a question, unless it has been closed since."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from core.postgres.backend import base

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """What was found each time the server was asked; the connection is as at the beginning of a request."""
    answers: list[bool] = []
    is_usable = base.DatabaseWrapper.is_usable

    def ask(self: Any) -> bool:
        answers.append(is_usable(self))
        return answers[-1]

    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", ask)
    monkeypatch.setattr(base, "SILENCE_SECONDS", 3_600)  # however slow this machine is
    connection.close()
    select(1)
    begin_request()
    yield answers
    connection.close()


def begin_request() -> None:
    connection.health_check_enabled, connection.health_check_done = True, False


def select(number: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s", [number])
        (answer,) = cursor.fetchone()
    return int(answer)


def backend_pid() -> int:
    return int(connection.connection.info.backend_pid)


def end(pid: int) -> None:
    """From another connection, as a restart of the server does; until the end has been told."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
            assert cursor.fetchone() == (True,)
    finally:
        other.close()


def test_one_in_use_is_not_asked(asked: list[bool]) -> None:
    for number in range(3):
        begin_request()
        assert select(number) == number
    assert asked == []


def test_one_that_was_silent_is_asked(asked: list[bool]) -> None:
    connection.connection.answered_at = time.monotonic() - base.SILENCE_SECONDS - 1
    assert select(2) == 2
    assert asked == [True]


def test_one_that_was_closed_since_is_replaced(asked: list[bool]) -> None:
    before = backend_pid()
    end(before)

    assert select(2) == 2
    assert asked == [False]
    assert backend_pid() != before


def test_after_an_error_it_is_asked(asked: list[bool]) -> None:
    connection.errors_occurred = True

    assert select(2) == 2
    assert asked == [True]
