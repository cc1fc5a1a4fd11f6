"""The web server as `run.py` starts it: who is killed is replaced without loading the application again."""

import os
import signal
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings
from django.db import connection

from tests.bootstrap.copies import ROOT, free_ports, wait_for
from tests.hardening.test_closing import settings_of_the_server
from tools.demo import WORKERS, children
from tools.paths import Place

__all__ = ["settings_of_the_server"]


def answering(port: int) -> int | None:
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
        return int(answer.read())
    return None


def test_killed_workers_are_replaced_without_loading_the_application_again(tmp_path: Path) -> None:
    web, email = free_ports(2)
    table = children(Place(tmp_path, {"PORT": web, "EMAIL_PORT": email}), settings_of_the_demo())
    arguments = next(child.arguments for child in table if child.name == "web server")
    command = [
        sys.executable,
        *(word.replace("hms_project.wsgi", "tests.bootstrap.counting_wsgi") for word in arguments),
    ]
    loaded = tmp_path / "loaded"
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | {"LOADED": str(loaded)}) as server:
        try:
            wait_for(lambda: answering(web) is not None, "the first answer")
            wait_for(lambda: len(psutil.Process(server.pid).children()) == 2, "both workers")
            workers = psutil.Process(server.pid).children()
            for worker in workers:
                worker.send_signal(signal.SIGKILL)
            gone = {worker.pid for worker in workers}
            wait_for(lambda: answering(web) not in {None, *gone}, "an answer of a new worker")
        finally:
            server.terminate()

    assert loaded.read_text().split() == [str(server.pid)]


WHAT_IS_THERE = """
import sys
import hms_project.wsgi
from django.db import connections
print("hms_project.urls" in sys.modules, "bookings.new.views" in sys.modules)
print([opened.connection for opened in connections.all(initialized_only=True) if opened.connection])
"""


def test_all_pages_are_loaded_before_there_are_workers_and_nothing_is_connected() -> None:
    """What a worker loads with the first request, the first person waits for; what it shares must be no connection."""
    found = subprocess.run([sys.executable, "-c", WHAT_IS_THERE], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.split("\n")[:2] == ["True True", "[]"]


WHAT_IS_COPIED = """
import gc, sys, threading
from tools import demo
demo.load()
demo.make_application()
from django.db import connections
print("bookings.new.views" in sys.modules, "bookings.tasks" in sys.modules, "celery.apps.beat" in sys.modules)
print(threading.active_count(), [opened for opened in connections.all(initialized_only=True) if opened.connection])
print(gc.get_freeze_count() > 100_000)
"""


def test_what_the_demo_copies_is_all_there_and_has_neither_threads_nor_connections() -> None:
    found = subprocess.run([sys.executable, "-c", WHAT_IS_COPIED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.split("\n")[:3] == ["True True True", "1 []", "True"]


def test_the_web_server_comes_first_and_whatever_runs_the_project_is_a_copy(tmp_path: Path) -> None:
    """The site answers before anything else takes a processor."""
    table = children(Place(tmp_path, {"PORT": 1, "EMAIL_PORT": 2}), settings_of_the_demo())
    assert table[0].name == "web server"
    assert {child.name for child in table if child.is_ours} == {"web server", *WORKERS}


def settings_of_the_demo() -> object:
    settings.LOCAL_INBOX, settings.GOOGLE_STAND_IN = None, False
    return settings


@pytest.mark.django_db(transaction=True)
def test_no_two_processes_share_a_connection_that_was_open_when_they_were_forked(
    settings_of_the_server: dict[str, Any],
) -> None:
    connection.ensure_connection()
    shared = connection.connection

    settings_of_the_server["pre_fork"](None, None)

    assert shared.closed
    assert connection.connection is None
