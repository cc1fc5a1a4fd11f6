"""Read by gunicorn from the folder it is started in. Addresses, workers and threads stay on the command line."""

import time
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import connections
from gunicorn import glogging
from gunicorn.http import unreader, wsgi

from core.logs import TokenFilter
from hms_project.token_paths import TOKEN_PATHS


class QuietResponse(wsgi.Response):
    """An answer that does not say which server gave it, and the last one to whoever sent too much."""

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


def pre_request(worker: Any, request: Any) -> None:
    """The head is there."""
    request.unreader.until = time.monotonic() + BODY_SECONDS


def post_request(worker: Any, request: Any, environ: Any, response: Any) -> None:
    """The answer has gone; on a connection that is kept, the next head begins when it begins."""
    request.unreader.is_new, request.unreader.until = True, time.monotonic() + REST_SECONDS


def pre_fork(server: Any, worker: Any) -> None:
    """With `--preload` the application is loaded once: two processes must never share one of its connections."""
    if settings.configured:  # else nothing of Django's was loaded
        connections.close_all()


class logger_class(glogging.Logger):  # noqa: N801  the name of gunicorn's setting
    """Its own lines, of each request too where `--access-logfile` asks for them, have no token either."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        hides = TokenFilter(TOKEN_PATHS)
        self.error_log.addFilter(hides)
        self.access_log.addFilter(hides)
