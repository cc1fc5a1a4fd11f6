"""`python3 run.py` from end to end (J1): it starts, heals, stops, and comes back after `kill -9`."""

import resource
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import InterfaceError, OperationalError

from core.postgres.embedded import EmbeddedPostgresError
from tests.bootstrap.copies import ROOT, Copy, finish, free_ports, wait_for
from tools import demo
from tools.paths import RunError

NewCopy = Callable[[], Copy]


@dataclass(frozen=True)
class FirstStart:
    """What a first start printed, the answers to its static files, and the data folder it left when it was stopped."""

    printed: str
    static_files: dict[str, int | None]
    port: int
    home: Path


def empty_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="hms-run-")).resolve()


def put_away(copy: Copy) -> None:
    if copy.process and copy.process.poll() is None:
        copy.process.terminate()
        finish(copy.process)
    copy.database.stop()
    shutil.rmtree(copy.home)


@pytest.fixture(scope="module")
def first_start() -> Iterator[FirstStart]:
    copy = Copy(empty_folder()).start()
    printed = copy.wait_until_ready()
    static_files = copy.static_files()
    copy.process.terminate()
    finish(copy.process)
    yield FirstStart(printed, static_files, copy.port, copy.home)
    put_away(copy)


@pytest.fixture
def new_copy() -> Iterator[NewCopy]:
    """`new_copy()`: one with an empty data folder."""
    copies = []

    def make() -> Copy:
        copies.append(Copy(empty_folder()))
        return copies[-1]

    yield make
    for copy in copies:
        put_away(copy)


@pytest.fixture
def used_copy(new_copy: NewCopy, first_start: FirstStart) -> NewCopy:
    """`used_copy()`: one with a data folder that a first start has filled."""

    def make() -> Copy:
        copy = new_copy()
        shutil.copytree(first_start.home, copy.home, dirs_exist_ok=True)
        return copy

    return make


def test_a_first_start_says_where_it_is_and_who_can_sign_in(first_start: FirstStart) -> None:
    printed = first_start.printed
    assert f"http://localhost:{first_start.port}" in printed
    logins = {
        "john_doe": "Patient",
        "dr_smith": "Doctor",
        "reception": "Reception",
        "manager": "Manager",
        "admin": "Admin",
    }
    for word in (*logins, *(f"{kind}Pass123" for kind in logins.values())):
        assert word in printed
    assert "Warning" not in printed


def test_the_pages_of_a_first_start_have_their_style(first_start: FirstStart) -> None:
    assert len(first_start.static_files) > 3
    assert set(first_start.static_files.values()) == {200}


def test_after_an_update_they_have_the_new_one(used_copy: NewCopy) -> None:
    """As if other files had been collected before."""
    copy = used_copy()
    shutil.rmtree(copy.home / "static")
    (copy.home / "static").mkdir()
    (copy.home / "static.stamp").write_text("of another release")
    copy.start()
    copy.wait_until_ready()

    found = copy.static_files()

    assert len(found) > 3
    assert set(found.values()) == {200}


def test_it_heals_itself_and_leaves_nothing_behind(used_copy: NewCopy) -> None:
    copy = used_copy().start()
    copy.wait_until_ready()
    assert copy.get("/livez") == 200

    second = copy.call()
    assert "a copy already runs with the data folder" in finish(second)
    assert second.returncode == 1
    assert copy.get("/readyz") == 200, "the refused copy disturbed the first"

    copy.postmaster().kill()
    wait_for(lambda: copy.get("/readyz") == 200, "the database after kill -9")
    web = copy.children()[0]
    web.kill()
    wait_for(lambda: web.pid not in {child.pid for child in copy.children()}, "the end of the web server")
    wait_for(lambda: copy.get("/readyz") == 200, "the web server after kill -9")

    started, server = copy.children(), copy.postmaster()
    copy.process.terminate()
    assert "Stopping" in finish(copy.process)
    assert copy.process.returncode == 0
    wait_for(lambda: not any(map(alive, [*started, server])), "the end of every process")


def test_two_copies_run_side_by_side_and_come_back_after_kill_9(used_copy: NewCopy) -> None:
    first, second = used_copy().start(), used_copy().start()
    first.wait_until_ready()
    second.wait_until_ready()
    assert (first.get("/livez"), second.get("/livez")) == (200, 200)
    assert first.postmaster().pid != second.postmaster().pid

    orphans = second.children()
    second.process.kill()  # run.py alone: what it had started must not stand in the way
    first.kill_9_everything()
    finish(second.process)
    first.start()
    second.start()
    first.wait_until_ready()
    second.wait_until_ready()
    assert (first.get("/readyz"), second.get("/readyz")) == (200, 200)
    assert [orphan for orphan in orphans if alive(orphan)] == []

    stopping = first.call("stop")
    assert "Nothing runs in" in finish(stopping)
    assert finish(first.process) is not None
    assert not first.database.running
    assert (first.get("/livez"), second.get("/livez")) == (None, 200)


def test_a_busy_port_is_said_before_anything_is_started(new_copy: NewCopy) -> None:
    copy = new_copy()
    with socket.create_server(("127.0.0.1", copy.port)):
        refused = copy.call()
        output = finish(refused)

    assert output.splitlines() == [
        f"HMS: port {copy.port} is used by another program: choose another, as in `PORT={copy.port + 1} ...`."
    ]
    assert refused.returncode == 1
    assert not (copy.home / "postgres").exists()


@pytest.mark.parametrize("names", [("PORT", "EMAIL_PORT"), ("PORT", "GOOGLE_PORT"), ("EMAIL_PORT", "GOOGLE_PORT")])
def test_two_programs_on_one_port_are_said_at_once(
    names: tuple[str, str], new_copy: NewCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = new_copy()
    ports = {"PORT": copy.port, "EMAIL_PORT": copy.email_port, "GOOGLE_PORT": free_ports(1)[0]}
    ports[names[1]] = ports[names[0]]
    copy.port, copy.email_port = ports["PORT"], ports["EMAIL_PORT"]
    monkeypatch.setenv("GOOGLE_PORT", str(ports["GOOGLE_PORT"]))
    refused = copy.call()

    assert finish(refused) == f"HMS: {names[0]} and {names[1]} are both {ports[names[0]]}: each needs one of its own.\n"
    assert refused.returncode == 1
    assert not (copy.home / "postgres").exists()


def test_an_impossible_port_is_said(new_copy: NewCopy) -> None:
    copy = new_copy()
    copy.port = "http"
    assert finish(copy.call()) == "HMS: PORT must be a number from 1 to 65535, not 'http'.\n"


def test_stop_where_nothing_runs_says_so(new_copy: NewCopy) -> None:
    copy = new_copy()
    stopping = copy.call("stop")
    assert finish(stopping) == f"Nothing runs in {copy.home}.\n"
    assert stopping.returncode == 0


def test_a_first_start_without_room_on_the_disk_says_so(new_copy: NewCopy) -> None:
    """Here no file may grow beyond a megabyte; on a disk of a few megabytes it is the same place that fails."""
    copy = new_copy()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))
    try:
        refused = copy.call()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    lines = [line for line in finish(refused).splitlines() if not line.startswith("Installing ")]
    assert lines[0] == "Preparing the database ..."
    assert lines[-1].startswith("HMS: PostgreSQL could not ")
    assert "File too large" in lines[-1]
    assert len(lines) == 2
    assert refused.returncode == 1


STEPS = ["core.management.commands.prepare.call_command", "core.management.commands.prepare.collect_static"]
FAILURES = [
    OSError(28, "No space left on device"),
    OperationalError("could not extend file\nHINT: Check free disk space."),
    InterfaceError("cursor already closed"),
]


@pytest.mark.parametrize("full", [True, False], ids=["full", "with room"])
@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
@pytest.mark.parametrize("step", STEPS)
def test_whatever_fails_while_the_site_is_prepared_is_one_sentence(
    step: str, failure: Exception, full: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise failure

    monkeypatch.setattr("core.management.commands.prepare.call_command", lambda *_, **__: None)
    monkeypatch.setattr(step, fail)
    usage = shutil._ntuple_diskusage(10**9, 10**9, 0 if full else 10**9)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)

    with pytest.raises(CommandError) as said:
        call_command("prepare")

    text = str(said.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert ("The disk is full" in text) == full


ENDS = {
    "a rule of ours": (RunError("the site did not answer."), "HMS: the site did not answer."),
    "the database": (EmbeddedPostgresError("PostgreSQL did not start."), "HMS: PostgreSQL did not start."),
    "a setting": (ImproperlyConfigured("DEBUG must be true or false."), "HMS: DEBUG must be true or false."),
    "a full disk": (
        OSError(28, "No space left on device", "/srv/hms/log/beat.log"),
        "HMS: /srv/hms/log/beat.log can't be used (No space left on device): make room, or choose another HMS_HOME.",
    ),
    "something without a name": (
        OSError(24, "Too many open files"),
        "HMS: /srv/hms can't be used (Too many open files): make room, or choose another HMS_HOME.",
    ),
}


@pytest.mark.parametrize("why", ENDS)
def test_whatever_ends_the_start_is_one_sentence(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    error, sentence = ENDS[why]

    def fail() -> None:
        raise error

    monkeypatch.setenv("HMS_HOME", "/srv/hms")
    monkeypatch.setattr(sys, "argv", ["tools.demo"])
    monkeypatch.setattr(demo, "start", fail)
    with pytest.raises(SystemExit) as ended:
        demo.main()

    assert ended.value.code == sentence


def test_a_data_folder_that_cannot_be_made_is_said(new_copy: NewCopy) -> None:
    copy = new_copy()
    (copy.home / "file").touch()
    real_home, copy.home = copy.home, copy.home / "file" / "home"
    output = finish(copy.call())
    copy.home = real_home

    assert "can't be written" in output
    assert "choose another with HMS_HOME" in output


def test_it_is_backed_up_while_it_runs_and_restored_when_it_does_not(used_copy: NewCopy) -> None:
    copy = used_copy().start()
    copy.wait_until_ready()

    assert "are backed up in" in finish(copy.call("backup"))
    made = next((copy.home / "backups").glob("hms-*"))
    refused = copy.call("restore", str(made))
    assert "a copy already runs" in finish(refused)
    assert refused.returncode == 1
    copy.process.terminate()
    finish(copy.process)
    restoring = copy.call("restore", str(made))
    assert "found equal" in finish(restoring)
    assert restoring.returncode == 0
    assert "0 were erased in it already." in finish(copy.call("manage", "repeat_erasures"))


def test_an_unknown_verb_shows_the_known_ones(new_copy: NewCopy) -> None:
    asking = new_copy().call("fly")
    assert "python3 run.py test" in finish(asking)
    assert asking.returncode == 2


def test_a_python_that_is_too_old_is_said_in_one_sentence() -> None:
    pretend = "import sys, runpy; sys.version_info = (3, 10, 2); runpy.run_path('run.py', run_name='__main__')"
    called = subprocess.run([sys.executable, "-c", pretend], cwd=ROOT, capture_output=True, text=True, check=False)

    assert called.stderr == "HMS needs Python 3.11 or newer, and this is Python 3.10.\n"
    assert called.returncode == 1


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
