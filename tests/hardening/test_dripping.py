"""Who sends a request byte by byte, or reads no answer, holds a thread for a bounded time: others are served then."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.web_server import PATIENCE, web_server

pytestmark = pytest.mark.django_db(transaction=True)
HEAD = b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\n"
BODY = HEAD + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n"
BEGINNINGS = {
    "a head": HEAD + b"X-Long: ",
    "a form": BODY % 900_000,
    "a form that is too large": BODY % 9_000_000,
    "a body in chunks": HEAD + b"Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nfffff\r\n",
}

MORE_THAN_FIT = 300  # answers, of one connection


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, int]]:
    with web_server(tmp_path, threads=len(BEGINNINGS)) as address:
        host, _, port = address.removeprefix("http://").partition(":")
        yield host, int(port)


def test_all_threads_are_free_again(site: tuple[str, int]) -> None:
    over, closed = Event(), set[str]()

    def drip(kind: str, beginning: bytes) -> None:
        with socket.create_connection(site, timeout=PATIENCE) as connection, suppress(OSError):
            connection.sendall(beginning)
            while not over.wait(0.2):
                connection.sendall(b"1")
            return
        closed.add(kind)  # by the server, while it was still sending

    drippers = [Thread(target=drip, args=kind_and_beginning) for kind_and_beginning in BEGINNINGS.items()]
    for dripper in drippers:
        dripper.start()
    try:
        for dripper in drippers:
            dripper.join(PATIENCE)
        connection = http.client.HTTPConnection(*site, timeout=PATIENCE)
        connection.request("GET", "/livez")
        assert connection.getresponse().status == 200
        connection.close()
    finally:
        over.set()
        for dripper in drippers:
            dripper.join()
    assert closed == set(BEGINNINGS)


def test_who_never_reads_holds_no_thread(site: tuple[str, int]) -> None:
    """Answers pile up until the kernel takes no more; the thread that waits with the next one is free again in time."""
    asks = b"GET /static/vendor/bootstrap/bootstrap.min.css HTTP/1.1\r\nHost: localhost\r\n\r\n" * MORE_THAN_FIT
    silent = [socket.socket() for _ in BEGINNINGS]  # as many as there are threads
    try:
        for connection in silent:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.settimeout(PATIENCE)
            connection.connect(site)
            connection.sendall(asks)
        seen = wait_for(lambda: not is_served(site)), wait_for(lambda: is_served(site))
        assert seen == (True, True)  # nobody is served while all threads wait; then everybody again
    finally:
        for connection in silent:
            connection.close()


def is_served(site: tuple[str, int]) -> bool:
    connection = http.client.HTTPConnection(*site, timeout=1)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except TimeoutError:
        return False
    finally:
        connection.close()


def wait_for(happens: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not (has := happens()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return has
