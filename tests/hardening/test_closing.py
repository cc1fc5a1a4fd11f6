"""A connection that is closed is waited for by nobody who has other connections to serve."""

from __future__ import annotations

import runpy
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from gunicorn import util
from gunicorn.http import unreader, wsgi

from tests.hardening.test_dripping import wait_for
from tests.web_server import ROOT

LINGER = 60  # seconds; whoever waits for one of them is found out then


@pytest.fixture
def settings_of_the_server(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """As gunicorn reads them; what they put in place of gunicorn's own is taken back."""
    for owner, name in ((util, "close_graceful"), (wsgi, "Response"), (unreader.SocketUnreader, "chunk")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    return runpy.run_path(str(ROOT / "gunicorn.conf.py"))


@pytest.fixture
def silent(settings_of_the_server: dict[str, Any]) -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    """Connections whose other end says nothing more, and doesn't close: one more than are waited for."""
    pairs = [socket.socketpair() for _ in range(settings_of_the_server.get("MOST_LINGERING", 1) + 1)]
    yield pairs
    for pair in pairs:
        for end in pair:
            end.close()


def test_closing_waits_elsewhere_and_within_bounds(silent: list[tuple[socket.socket, socket.socket]]) -> None:
    *waited_for, beyond = silent
    assert len(waited_for) > 0
    for ours, _theirs in waited_for:
        util.close_graceful(ours, timeout=LINGER)
        assert ours.fileno() >= 0  # it is still waited for, elsewhere
    util.close_graceful(beyond[0], timeout=LINGER)

    assert beyond[0].fileno() == -1
    assert [theirs.recv(1) for _ours, theirs in silent] == [b""] * len(silent)  # they know that it is over
    for _ours, theirs in silent:
        theirs.close()
    assert wait_for(lambda: all(ours.fileno() == -1 for ours, _theirs in silent))
