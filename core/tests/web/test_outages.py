"""What counts as an outage is judged in one place, by what PostgreSQL says (SQLSTATE), and answered by a calm 503."""

from __future__ import annotations

import pytest
from django.core.cache import caches
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.test import Client
from psycopg2 import errors as said

from core import cache as shared_cache
from core.cache import CacheUnavailable
from core.errors import is_outage
from core.web import health

OUTAGES = {
    "08006": "the connection broke",
    "25006": "a node that only reads: a standby, or the primary of before",
    "25P03": "ended while idle in a transaction",
    "40001": "serialization failure",
    "40P01": "deadlock",
    "53100": "disk full",
    "53200": "out of memory",
    "53300": "too many connections",
    "55P03": "lock not available",
    "57014": "statement time-out",
    "57P01": "admin shutdown",
    "57P02": "crash shutdown",
    "57P03": "cannot connect now",
    "58030": "input/output error",
}
OUR_FAULTS = {
    "22P02": "a text that is no number",
    "23505": "a row that is there already",
    "23514": "a check that says no",
    "25P02": "a statement after a failed one",
    "42501": "not allowed",
    "42601": "syntax",
    "42P01": "no such table",
    "54001": "too complex",
    "P0001": "raised by a trigger",
}


def as_django_raises(code: str) -> DatabaseError:
    """What Django makes of the driver's error with this code."""
    try:
        with connection.wrap_database_errors:
            raise with_code(code)
    except DatabaseError as error:
        return error


def with_code(code: str) -> Exception:
    return type("Spoken", (said.lookup(code),), {"pgcode": code})("secret detail")


@pytest.mark.parametrize("code", OUTAGES)
def test_an_outage(code: str) -> None:
    assert is_outage(as_django_raises(code)), OUTAGES[code]


@pytest.mark.parametrize("code", OUR_FAULTS)
def test_a_fault_of_ours_is_none(code: str) -> None:
    assert not is_outage(as_django_raises(code)), OUR_FAULTS[code]


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (OperationalError("server closed the connection unexpectedly"), True),
        (InterfaceError("connection already closed"), True),
        (CacheUnavailable(), True),
        (DatabaseError(), False),
        (RuntimeError(), False),
        (None, False),
    ],
)
def test_what_has_no_code(error: Exception | None, outage: bool) -> None:
    assert is_outage(error) is outage


@pytest.mark.django_db
@pytest.mark.parametrize("code", [*OUTAGES, *OUR_FAULTS])
@pytest.mark.parametrize("where", ["accounts.views.LoginView.get_context_data", "accounts.sessions.SessionStore.load"])
def test_a_page_that_meets_it(monkeypatch: pytest.MonkeyPatch, code: str, where: str) -> None:
    """In the view, and in what runs before it."""

    def fails(*_: object, **__: object) -> None:
        raise as_django_raises(code)

    client = Client(raise_request_exception=False)
    client.cookies["hms_session"] = "a-session-of-somebody-who-was-here"
    monkeypatch.setattr(where, fails)
    response = client.get("/accounts/login/")

    assert response.status_code == (503 if code in OUTAGES else 500)
    assert response.get("Retry-After") == ("5" if code in OUTAGES else None)
    assert b"secret detail" not in response.content


# What /readyz says


@pytest.fixture(autouse=True)
def _nothing_found_yet() -> None:
    health._room.forget()


def ready() -> tuple[int, dict[str, bool]]:
    response = Client().get("/readyz")
    return response.status_code, response.json()


@pytest.mark.django_db(transaction=True)
def test_all_is_well() -> None:
    status, parts = ready()

    assert status == 200
    assert set(parts.values()) == {True}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("spoilt", "part"),
    [
        # Stands for a full disk: whatever would be written beside the tables is refused, as then.
        ("SET temp_file_limit = 0", "writable"),
        ("SET default_transaction_read_only = on", "writable"),
        ("SET lock_timeout = 0", "time_limits"),
        ("SET statement_timeout = 0", "time_limits"),
    ],
)
def test_not_ready_while_bookings_would_fail(spoilt: str, part: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(spoilt)
    try:
        status, parts = ready()
    finally:
        connection.close()  # the next one starts afresh

    assert status == 503
    assert {name for name, holds in parts.items() if not holds} == {part}


@pytest.mark.django_db(transaction=True)
def test_whoever_asks_often_makes_it_write_once(django_assert_max_num_queries: object) -> None:
    ready()
    seen: list[str] = []

    def watch(execute: object, sql: str, *rest: object) -> object:
        seen.append(sql)
        return execute(sql, *rest)  # type: ignore[operator]

    with connection.execute_wrapper(watch):
        for _ in range(5):
            assert ready()[0] == 200

    assert len(seen) > 5
    assert [sql for sql in seen if "work_mem" in sql] == []


def test_without_a_database_it_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look could take as long as a connection may: together they must not."""
    tries = []

    def away(*_: object) -> None:
        tries.append(1)
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", away)
    status, parts = ready()

    assert status == 503
    assert len(tries) == 1
    assert parts["database"] is False


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
@pytest.mark.parametrize("host", ["10.42.0.17:8000", "evil.example", "[fd00::1]:8000", "???"])
@pytest.mark.django_db(transaction=True)
def test_a_probe_by_any_name_is_answered_with_headers(path: str, host: str) -> None:
    response = Client().get(path, HTTP_HOST=host)

    assert response.status_code == 200
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    assert Client().get("/doctors/", HTTP_HOST=host).status_code == 400  # others still must know the name
    assert Client().post(path, HTTP_HOST=host).status_code == 405


# The cache as a table


@pytest.mark.django_db(transaction=True)
def test_a_table_that_cannot_be_written_is_no_row_that_is_there(settings: object) -> None:
    """Django's own answers "somebody has it": a limit would call everybody too many, a code used."""
    settings.CACHES = {"default": {"BACKEND": "core.cache.DatabaseCache", "LOCATION": "hms_cache_of_test"}}  # type: ignore[attr-defined]
    from django.core.management import call_command  # noqa: PLC0415

    call_command("createcachetable")
    try:
        kept = caches["default"]
        assert (kept.add("here", 1), kept.add("here", 1)) == (True, False)
        with connection.cursor() as cursor:
            cursor.execute("SET default_transaction_read_only = on")
        for ask in (lambda: kept.add("new", 1), lambda: kept.set("here", 2), lambda: kept.incr("here")):
            with pytest.raises(CacheUnavailable):
                ask()
        assert shared_cache.begin("new", 5) is True
        shared_cache.keep("new", 1, 5)
        shared_cache.forget("new")
    finally:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE hms_cache_of_test")
