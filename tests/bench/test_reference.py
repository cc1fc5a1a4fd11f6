"""The reference that ours is compared with is one: it books a time once, and nobody who is not signed in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import psycopg2
import pytest
from django.conf import settings

from bench.http.hospital import Browser, browser
from bench.http.load import Job, Lane, crowd, request
from tests.web_server import ROOT
from tools.paths import free_port

NAME = f"hms_test_reference_{os.getpid()}"
PEOPLE, TURNS = 40, 2
SERVER = settings.DATABASES["default"]


def connect(name: str) -> psycopg2.extensions.connection:
    connection = psycopg2.connect(host=SERVER["HOST"], port=SERVER["PORT"], user=SERVER["USER"], dbname=name)
    connection.autocommit = True
    return connection


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, list[Browser]]]:
    """The port of a running one, and the browsers of those who are signed in there."""
    facts = {f"DATABASE_{fact}": str(SERVER[fact]) for fact in ("USER", "HOST", "PORT")}
    environment = os.environ | facts | {"DATABASE_NAME": NAME, "SECRET_KEY": "x" * 50}
    environment["DJANGO_SETTINGS_MODULE"] = "bench.reference.settings"
    admin = connect("postgres")
    drop = f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"
    with admin.cursor() as cursor:
        cursor.execute(drop)
        cursor.execute(f"CREATE DATABASE {NAME}")
    try:
        fill = [sys.executable, "-m", "bench.reference.fill", str(PEOPLE), str(TURNS)]
        sessions = json.loads(subprocess.check_output(fill, cwd=ROOT, env=environment))
        port, log = free_port(), tmp_path_factory.mktemp("reference") / "log"
        serve = [
            "gunicorn",
            "bench.reference.booking_site",
            "-b",
            f"127.0.0.1:{port}",
            "-k",
            "gthread",
            "--threads",
            "4",
        ]
        with log.open("wb") as output:
            server = subprocess.Popen(
                [sys.executable, "-m", *serve, "--workers", "2", "--preload", "--no-control-socket"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=output,
            )
        try:
            wait_for(port, server, log)
            yield port, [browser("sessionid", session) for session in sessions]
        finally:
            server.terminate()
            server.wait(60)
    finally:
        with admin.cursor() as cursor:
            cursor.execute(drop)
        admin.close()


def wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    while server.poll() is None:
        try:
            crowd(Job(port=port, lanes=[Lane(requests=[])]))
        except subprocess.CalledProcessError:
            continue
        return
    raise AssertionError(log.read_text())


def form(port: int, who: Browser, slot: int) -> str:
    body = urlencode({"csrfmiddlewaretoken": who.token})
    return request(f"127.0.0.1:{port}", f"/book/{slot}/", cookies=who.cookies, form=body)


def rows(statement: str) -> list[tuple[int, ...]]:
    connection = connect(NAME)
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found = cursor.fetchall()
    connection.close()
    return found


def test_of_all_who_want_a_time_one_gets_it(reference: tuple[int, list[Browser]]) -> None:
    port, browsers = reference

    came = crowd(Job(port=port, lanes=[Lane(requests=[form(port, who, 7)]) for who in browsers]))

    places = sorted(answer.location for answer in came.answers)
    assert [answer.status for answer in came.answers] == [302] * PEOPLE
    assert places[:-1] == ["/"] * (PEOPLE - 1)
    assert places[-1].startswith("/bookings/")
    assert rows("SELECT count(*) FROM reference_booking WHERE slot_id = 7") == [(1,)]
    assert rows("SELECT is_booked FROM reference_slot WHERE id = 7") == [(True,)]


def test_each_gets_the_time_they_want(reference: tuple[int, list[Browser]]) -> None:
    port, browsers = reference
    slots = range(PEOPLE + 1, 2 * PEOPLE + 1)

    lanes = [Lane(requests=[form(port, who, slot)]) for who, slot in zip(browsers, slots, strict=True)]
    came = crowd(Job(port=port, lanes=lanes))

    assert len({answer.location for answer in came.answers}) == PEOPLE
    assert rows(f"SELECT count(*) FROM reference_booking WHERE slot_id > {PEOPLE}") == [(PEOPLE,)]


def test_strangers_and_forged_forms_book_nothing(reference: tuple[int, list[Browser]]) -> None:
    port, browsers = reference
    stranger = browser("sessionid", "x" * 32)
    forged = Browser(browsers[0].cookies, "x" * 64)

    came = crowd(Job(port=port, lanes=[Lane(requests=[form(port, stranger, 9), form(port, forged, 9)])]))

    assert [(answer.status, answer.location.partition("?")[0]) for answer in came.answers] == [
        (302, "/accounts/login/"),
        (403, ""),
    ]
    assert rows("SELECT count(*) FROM reference_booking WHERE slot_id = 9") == [(0,)]
