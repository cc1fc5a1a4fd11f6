"""Whoever sends a request byte by byte holds a thread for a bounded time: others are served meanwhile and after."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
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
