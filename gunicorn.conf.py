"""Read by gunicorn from the folder it is started in. Addresses, workers and threads stay on the command line."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import connections
from gunicorn.http import wsgi


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


def pre_fork(server: Any, worker: Any) -> None:
    """With `--preload` the application is loaded once: two processes must never share one of its connections."""
    if settings.configured:  # else nothing of Django's was loaded
        connections.close_all()
