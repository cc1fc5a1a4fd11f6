"""Read by gunicorn from the folder it is started in. Addresses, workers and threads stay on the command line."""

from gunicorn.http import wsgi


class QuietResponse(wsgi.Response):
    """An answer that does not say which server gave it."""

    def default_headers(self) -> list[str]:
        return [line for line in super().default_headers() if not line.startswith("Server:")]


wsgi.Response = QuietResponse
