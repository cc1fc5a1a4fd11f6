"""Commands that change tables: no limit of statements, short waits for locks, tried again, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest
from django.core.management import call_command, load_command_class
from django.core.management.base import BaseCommand
from django.db import DatabaseError, OperationalError, connection, transaction

from core.postgres import own_session
from core.postgres.own_session import OwnSession, SomebodyElse

COMMANDS = {
    "migrate": "core",
    "createcachetable": "core",
    "protect_audit": "audit",
    "reencrypt_fields": "integrations",
}
pytestmark = pytest.mark.django_db(transaction=True)


class Alters(OwnSession, BaseCommand):
    """Changes a table, as a migration does."""

    requires_system_checks: list[str] = []
    seen: dict[str, str]

    def handle(self, *args: Any, **options: Any) -> None:
        self.seen = {}
        with transaction.atomic(), connection.cursor() as cursor:
            for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute(f"SHOW {name}")
                self.seen[name] = cursor.fetchone()[0]
            cursor.execute("ALTER TABLE doctors_department ADD COLUMN of_a_test integer")
            cursor.execute("ALTER TABLE doctors_department DROP COLUMN of_a_test")


class Other:
    """Another session of the same database."""

    def __init__(self) -> None:
        self.connection = psycopg2.connect(
            **{
                name: value
                for name, value in connection.get_connection_params().items()
                if name in {"dbname", "user", "password", "host", "port"}
            }
        )

    def does(self, sql: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)


@pytest.fixture
def other() -> Iterator[Other]:
    session = Other()
    yield session
    session.connection.close()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], list[int]]:
    """Says how often it was tried again, and does something in the first pause."""

    def during(act: Callable[[], None]) -> list[int]:
        seen: list[int] = []

        def pause() -> None:
            seen.append(1)
            if len(seen) == 1:
                act()

        monkeypatch.setattr(own_session, "_pause", pause)
        return seen

    return during


@pytest.mark.parametrize("name", COMMANDS)
def test_each_of_them_has_it(name: str) -> None:
    command = load_command_class(COMMANDS[name], name)

    assert isinstance(command, OwnSession)


def test_prepare_goes_through_them() -> None:
    from django.core.management import get_commands  # noqa: PLC0415

    assert {get_commands()[name] for name in ("migrate", "createcachetable")} == {"core"}


def test_a_statement_may_take_long_and_the_site_has_its_limits_back() -> None:
    command = Alters()
    call_command(command)

    assert command.seen == {
        "lock_timeout": "1s",
        "statement_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
    }
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone()[0] != "0"


def test_whoever_reads_does_not_stop_it(other: Other, pauses: Any) -> None:
    other.does("SELECT * FROM doctors_department")  # and stays in the transaction
    seen = pauses(other.connection.rollback)
    call_command(Alters())

    assert seen == [1]


def test_it_gives_up_in_the_end(other: Other, pauses: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_session, "TRIES", 2)
    other.does("SELECT * FROM doctors_department")
    seen = pauses(lambda: None)

    with pytest.raises(OperationalError):
        call_command(Alters())
    assert seen == [1]


def test_two_at_once_wait_for_each_other(other: Other, pauses: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    other.does(f"SELECT pg_advisory_lock({own_session._ONE_AT_A_TIME})")
    seen = pauses(other.connection.close)
    call_command(Alters())
    assert seen == [1]

    monkeypatch.setattr(own_session, "TRIES", 1)
    again = Other()
    again.does(f"SELECT pg_advisory_lock({own_session._ONE_AT_A_TIME})")
    with pytest.raises(SomebodyElse):
        call_command(Alters())
    again.connection.close()


def test_another_error_is_not_tried_again(pauses: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = pauses(lambda: None)

    def fails(*_: object, **__: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing")

    monkeypatch.setattr(Alters, "handle", fails)
    with pytest.raises(DatabaseError):
        call_command(Alters())
    assert seen == []
