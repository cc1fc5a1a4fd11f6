"""Read by gunicorn from the folder it is started in. Addresses, workers and threads stay on the command line."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import connections
from gunicorn import glogging
from gunicorn.http import wsgi

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
