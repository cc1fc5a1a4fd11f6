"""Between the site and its database: passes everything on, until it stands still without closing anything."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import connection


class DatabaseProxy:
    def __init__(self) -> None:
        self._database = connection.settings_dict["HOST"], int(connection.settings_dict["PORT"])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._flows = threading.Event()
        self._flows.set()
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accepts, daemon=True).start()

    def freeze(self) -> None:
        self._flows.clear()

    def thaw(self) -> None:
        self._flows.set()

    def close(self) -> None:
        self.thaw()
        for end in (self._listener, *self._sockets):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)  # also wakes whoever waits for it; closed alone, it would stay open
            end.close()

    def _accepts(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:  # closed
                return
            far = self._to_database()
            self._sockets += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._passes, args=(source, target), daemon=True).start()

    def _passes(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                self._flows.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:  # the other side is gone
            return

    def _to_database(self) -> socket.socket:
        host, port = self._database
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        unix = socket.socket(socket.AF_UNIX)
        unix.connect(str(Path(host) / f".s.PGSQL.{port}"))
        return unix


@contextmanager
def database_proxy() -> Iterator[DatabaseProxy]:
    proxy = DatabaseProxy()
    try:
        yield proxy
    finally:
        proxy.close()
