"""The database says nothing more and closes nothing: whoever waits is told to come back, and nobody waits for ever."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from core.postgres.backend import base
from doctors.tests.factories import make_doctor
from tests.faults.support.database_proxy import database_proxy
from tests.faults.support.processes import wait_until
from tests.web_server import web_server

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 4
LONGEST = 10  # seconds, as promised to people
PATIENCE = 60


def asked(url: str) -> tuple[int, str | None, float]:
    began = time.monotonic()
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            status, headers = answer.status, answer.headers
    except urllib.error.HTTPError as error:
        status, headers = error.code, error.headers
        error.close()
    return status, headers.get("Retry-After"), time.monotonic() - began


def test_everybody_is_answered_and_it_goes_on_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_doctor()
    with database_proxy() as proxy:
        monkeypatch.setenv("PROXY_PORT", str(proxy.port))
        with (
            web_server(tmp_path, threads=THREADS, settings="tests.faults.support.proxied_settings") as site,
            ThreadPoolExecutor(THREADS) as people,
        ):
            urls = [f"{site}/doctors/", f"{site}/", f"{site}/doctors/?q=smith", f"{site}/readyz"]
            assert [status for status, _, _ in people.map(asked, urls)] == [200] * 4  # each thread is connected
            proxy.freeze()
            for _ in range(2):  # connections of before; then new ones
                answers = list(people.map(asked, urls))
                assert [status for status, _, _ in answers] == [503] * 4
                assert [after for _, after, _ in answers][:3] == ["5"] * 3
                assert max(seconds for _, _, seconds in answers) < LONGEST
            assert asked(f"{site}/livez")[0] == 200
            proxy.thaw()
            wait_until(lambda: asked(f"{site}/doctors/")[0] == 200, what="it goes on")
            assert asked(f"{site}/readyz")[0] == 200


@pytest.mark.parametrize("step", ["a statement", "the commit", "the next rows"])
def test_each_step_of_a_transaction_ends(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "GRACE", -119.0)  # the tests' statements may take two minutes
    with database_proxy() as proxy:
        params = connection.get_connection_params() | {"host": "127.0.0.1", "port": str(proxy.port)}
        theirs = connection.get_new_connection(params)
        cursor = theirs.cursor(name="rows" if step == "the next rows" else None)
        cursor.execute("SELECT generate_series(1, 10000)")
        proxy.freeze()
        ask = {
            "a statement": lambda: cursor.execute("SELECT 2"),
            "the commit": theirs.commit,
            "the next rows": lambda: cursor.fetchmany(5000),
        }[step]
        with pytest.raises(OperationalError), connection.wrap_database_errors:
            ask()
        assert theirs.closed
        theirs.close()


def test_a_migration_may_take_its_time() -> None:
    """Its session has no limit of statements, and is not watched."""
    options = connection.settings_dict["OPTIONS"]["options"] + " -c statement_timeout=0"
    theirs = connection.get_new_connection(connection.get_connection_params() | {"options": options})
    try:
        assert theirs.longest is None
        assert connection.connection is None or connection.connection.longest
        assert "database-watch" in {thread.name for thread in threading.enumerate()}
    finally:
        theirs.close()
