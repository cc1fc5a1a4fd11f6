"""Read by gunicorn from the folder it is started in. Addresses, workers and threads stay on the command line."""

import errno
import gc
import re
import socket
import time
from concurrent.futures import Future
from http import HTTPStatus
from threading import BoundedSemaphore, Thread
from typing import Any

from django.conf import settings
from django.db import connections
from gunicorn import glogging, util
from gunicorn.http import unreader, wsgi
from gunicorn.workers import gthread

from core.turns import Process
from core.web.lanes import LanePool
from core.web.logs import TokenFilter
from hms_project.token_paths import TOKEN_PATHS

# How long an answer may wait for its reader, on top of what it takes at the slowest pace that is waited for: whoever
# asks and doesn't read would hold a thread for good. A file is sent like any answer: `sendfile` waits in the kernel.
ANSWER_SECONDS, SLOWEST_BYTES_A_SECOND = 10.0, 20_000
sendfile = False


class Reader:
    """The socket an answer is written to; whoever does not read it in time is gone."""

    def __init__(self, sock: Any) -> None:
        self.sock, self.left = sock, ANSWER_SECONDS

    def sendall(self, data: bytes) -> None:
        self.left += len(data) / SLOWEST_BYTES_A_SECOND
        begun = time.monotonic()
        self.sock.settimeout(max(0.001, self.left))
        try:
            self.sock.sendall(data)
        except TimeoutError as error:  # as if they had gone away: nothing to write about in the log
            raise ConnectionResetError(errno.ECONNRESET, "the reader is too slow") from error
        finally:
            self.sock.settimeout(None)
            self.left -= time.monotonic() - begun

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sock, name)


class QuietResponse(wsgi.Response):
    """An answer that does not say which server gave it, waits for a reader within bounds, and is the last one to
    whoever sent too much."""

    def __init__(self, req: Any, sock: Any, cfg: Any) -> None:
        super().__init__(req, Reader(sock), cfg)

    def start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        write = super().start_response(status, headers, exc_info)
        if self.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            self.force_close()
        return write

    def default_headers(self) -> list[str]:
        return [line for line in super().default_headers() if not line.startswith("Server:")]


wsgi.Response = QuietResponse

# Within which a whole request has come: its head, its body, and what is thrown away of a body nobody read. gunicorn
# itself waits for each byte, and whoever sends one now and then would hold a thread for as long as they like.
HEAD_SECONDS, BODY_SECONDS, REST_SECONDS = 10.0, 20.0, 5.0
_chunk = unreader.SocketUnreader.chunk


def chunk(self: Any, size_hint: int | None = None) -> bytes:
    """What comes next; TimeoutError after the end of the time for what is being read."""
    bound = self.sock.gettimeout()  # gunicorn has one of its own, for each byte, only while it throws a body away
    if bound is None and getattr(self, "is_new", True):
        self.is_new, self.until = False, time.monotonic() + HEAD_SECONDS
    left = max(0.001, self.until - time.monotonic())
    self.sock.settimeout(left if bound is None else min(left, bound))
    try:
        return _chunk(self, size_hint)
    finally:
        self.sock.settimeout(bound)


unreader.SocketUnreader.chunk = chunk


# A connection that is to be closed is read a little longer, so that its last answer arrives whole. gunicorn does so in
# the one thread that accepts all others: whoever asks for `Connection: close` and doesn't close would stop a worker.
MOST_LINGERING = 32
_lingering = BoundedSemaphore(MOST_LINGERING)
_close_graceful = util.close_graceful


def close_graceful(sock: Any, *args: Any, **kwargs: Any) -> None:
    """gunicorn's, in a thread of its own; beyond the most of them at once a connection is closed at once."""
    if not _lingering.acquire(blocking=False):
        sock.close()
        return

    def linger() -> None:
        try:
            _close_graceful(sock, *args, **kwargs)
        finally:
            _lingering.release()

    Thread(target=linger, daemon=True).start()


util.close_graceful = close_graceful


def pre_request(worker: Any, request: Any) -> None:
    """The head is there."""
    request.unreader.until = time.monotonic() + BODY_SECONDS


def post_request(worker: Any, request: Any, environ: Any, response: Any) -> None:
    """The answer has gone; on a connection that is kept, the next head begins when it begins."""
    request.unreader.is_new, request.unreader.until = True, time.monotonic() + REST_SECONDS


# A page makes thousands of objects that go by themselves. Looking through them after each 700, as Python does, costs a
# good part of its time; those in circles, which need it, are few.
COLLECTED_AFTER = (20_000, 10, 20)

# Many may want to book one time. Whoever does so is known by how their request begins.
BOOKS = re.compile(rb"POST (/bookings/new/\?slot=[0-9A-Fa-f-]{36}) ")
BEGINNING = 128  # bytes


def crowd_of(conn: Any) -> bytes | None:
    """The time that is to be booked; behind TLS of gunicorn's own nobody can tell."""
    begins = BOOKS.match(_peek(conn))
    return begins[1] if begins else None


def _peek(conn: Any) -> bytes:
    """The beginning of what waits to be read; empty when nothing does."""
    try:
        return bytes(conn.sock.recv(BEGINNING, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except (OSError, ValueError):  # gone; or of a kind that can't be looked at without being read
        return b""


def get_thread_pool(self: Any) -> LanePool:
    return LanePool(self.cfg.threads, crowd_of)


_enqueue_req = gthread.ThreadWorker.enqueue_req


def enqueue_req(self: Any, conn: Any) -> None:
    """gunicorn's, for what can be told apart: who has connected and said nothing yet waits where the kept connections
    do, without a thread."""
    if conn.initialized or conn.data_ready or _peek(conn):
        _enqueue_req(self, conn)
        return
    silent: Future[Any] = Future()
    silent.set_result(gthread._DEFER)  # noqa: SLF001 - as a thread answers that has waited in vain
    self.finish_request(conn, silent)


gthread.ThreadWorker.get_thread_pool = get_thread_pool
gthread.ThreadWorker.enqueue_req = enqueue_req


# Loaded once, by the process that looks after the workers: whoever dies is replaced by a copy of it, there in no time,
# and what they all run is in memory once.
preload_app = True


def when_ready(server: Any) -> None:
    """What is loaded stays for good: the collector need not look at it again, in any of the copies."""
    gc.collect()
    gc.freeze()


def pre_fork(server: Any, worker: Any) -> None:
    """The workers are copies: two processes must never share one of its connections."""
    if settings.configured:  # else nothing of Django's was loaded
        connections.close_all()


def post_worker_init(worker: Any) -> None:
    """How many threads there are stays on the command line; who shares them out has to know."""
    Process.threads = worker.cfg.threads
    gc.set_threshold(*COLLECTED_AFTER)


class logger_class(glogging.Logger):  # noqa: N801  the name of gunicorn's setting
    """Its own lines, of each request too where `--access-logfile` asks for them, have no token either."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        hides = TokenFilter(TOKEN_PATHS)
        self.error_log.addFilter(hides)
        self.access_log.addFilter(hides)
