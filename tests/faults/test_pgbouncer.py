"""A real PgBouncer in transaction mode before the database: what it refuses, what it swallows, and what works."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.test import Client

from doctors.tests.factories import make_doctor, make_slot
from email_service.tests.sink import free_port
from patients.tests.factories import make_patient
from tests.concurrency.conftest import crowd
from tests.concurrency.support import invariants
from tests.concurrency.support.crowd import Crowd, outcomes
from tests.concurrency.support.steps import books
from tests.faults.support import processes
from tests.faults.support.database_proxy import database_proxy
from tests.faults.test_pooled_database import _limits_on_the_role, check_deploy

__all__ = ["_limits_on_the_role", "crowd"]
pytestmark = pytest.mark.django_db(transaction=True)
HOST = "127.0.0.1"
SERVER_CONNECTIONS = 4  # fewer than rivals: each transaction gets whichever is free
RIVALS = 16
CONFIGURATION = """
[databases]
{name} = host={host} port={port} user={user} dbname={name}
[pgbouncer]
listen_addr = {listen}
listen_port = {own_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
ignore_startup_parameters = {ignored}
"""


@pytest.fixture
def _alone() -> None:
    """Nothing here is timed: others may run at the same time."""


@contextmanager
def pgbouncer(folder: Path, *, ignored: str = "extra_float_digits") -> Iterator[int]:
    """Its port. Raises AssertionError when there is no pgbouncer: `run.py test` installs it."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "pgbouncer is not installed"
    server = connection.settings_dict
    facts = {"name": server["NAME"], "user": server["USER"], "listen": HOST, "own_port": free_port()}
    configured, log = folder / "pgbouncer.ini", folder / "pgbouncer.log"
    user = ["-u", "nobody"] if os.geteuid() == 0 else []  # it refuses to run as root
    with database_proxy() as proxy:  # the socket itself may be closed to others than ourselves
        configured.write_text(
            CONFIGURATION.format(**facts, host=HOST, port=proxy.port, connections=SERVER_CONNECTIONS, ignored=ignored)
        )
        process = processes.start([program, *user, str(configured)], log=log)
        try:
            processes.wait_until(lambda: "process up" in log.read_text(), what="PgBouncer is up")
            yield facts["own_port"]
        finally:
            processes.kill(process)


@contextmanager
def leading_to(port: int, **options: Any) -> Iterator[None]:
    """Django's connections go to this port of this machine, with these options, as long as the block runs."""
    server = connection.settings_dict
    before = {part: server[part] for part in ("HOST", "PORT", "OPTIONS", "DISABLE_SERVER_SIDE_CURSORS")}
    connection.close()
    server["DISABLE_SERVER_SIDE_CURSORS"] = True  # as DATABASE_POOLED says: no session is anybody's own
    server.update({"HOST": HOST, "PORT": str(port), "OPTIONS": {**server["OPTIONS"], **options}})
    if "options" not in options:
        del server["OPTIONS"]["options"]
    try:
        yield
    finally:
        connection.close()
        server.update(before)


def test_what_we_ask_at_the_start_of_a_session_is_refused_aloud(tmp_path: Path) -> None:
    asked = connection.settings_dict["OPTIONS"]["options"]
    name = connection.settings_dict["NAME"]
    with pgbouncer(tmp_path) as port, pytest.raises(psycopg2.OperationalError, match="startup parameter"):
        psycopg2.connect(host=HOST, port=port, dbname=name, user="hms", options=asked)


def test_its_usual_cure_would_take_all_limits_away_and_is_found(tmp_path: Path) -> None:
    asked = connection.settings_dict["OPTIONS"]["options"]
    with pgbouncer(tmp_path, ignored="extra_float_digits, options") as port, leading_to(port, options=asked):
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            assert cursor.fetchone() == ("0",)
        done: CompletedProcess[str] = check_deploy()
        ready = Client().get("/readyz")

    assert (done.returncode, "core.E001" in done.stderr) == (1, True)
    assert (ready.status_code, ready.json()["time_limits"]) == (503, False)


@pytest.mark.usefixtures("_limits_on_the_role")
def test_with_the_limits_on_the_role_nobody_is_double_booked(tmp_path: Path, crowd: Crowd) -> None:
    slots = [make_slot(make_doctor(), days=day) for day in (1, 2, 3)]
    patients = [make_patient() for _ in range(RIVALS)]
    with pgbouncer(tmp_path) as port, leading_to(port):
        rushes = [outcomes(crowd.rush([books(patient, slot) for patient in patients])) for slot in slots]
        with connection.cursor() as cursor:
            cursor.execute("SHOW lock_timeout")
            limit = cursor.fetchone()
        ready = Client().get("/readyz").status_code

    assert rushes == [Counter(done=1, SlotTaken=RIVALS - 1)] * len(slots)
    assert (limit, ready) == (("5s",), 200)
    assert invariants.broken() == {}
