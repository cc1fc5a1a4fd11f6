"""gunicorn in front of the test's database, as people meet the site in production."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 300  # seconds; what takes longer hangs, however busy the machine is
COLLECT = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
SERVE = [sys.executable, "-m", "gunicorn", "hms_project.wsgi", "--worker-class", "gthread", "--keep-alive", "75"]


@contextmanager
def web_server(
    folder: Path, *, workers: int = 1, threads: int = 4, settings: str = "tests.web_server_settings"
) -> Iterator[str]:
    """The address of a server that runs while the block does. `folder` takes the static files and the log."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": settings,
        "DATABASE_OF_TEST": connection.settings_dict["NAME"],
        "STATIC_OF_TEST": str(folder / "static"),
    }
    subprocess.run(COLLECT, cwd=ROOT, env=environment, check=True)
    address = f"127.0.0.1:{_free_port()}"
    command = [*SERVE, "--bind", address, "--workers", str(workers), "--threads", str(threads)]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait(f"http://{address}/livez", server, folder / "server.log")
            yield f"http://{address}"
        finally:
            server.terminate()
            server.wait(PATIENCE)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:  # refused, reset, or too slow while it starts
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the web server does not answer:\n{log.read_text()}")
