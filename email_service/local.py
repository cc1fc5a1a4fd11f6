"""Run the function on this machine: `python -m email_service.local --port 3000`.

Answers POST /dev/send-email on the loopback address with the same handler and the same events as API Gateway.
"""

import argparse
import base64
import os
import signal
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from . import config, contract, idempotency
from .handler import handler

STAGE, RESOURCE = "dev", "/send-email"
PATH = f"/{STAGE}{RESOURCE}"
READ_SECONDS = 10  # for a caller that stops in the middle of a request
LONGEST_NUMBER = 9  # digits of a Content-Length worth reading
DRAIN_SECONDS = 25  # for messages on their way when the server is told to stop


class LocalServer(ThreadingHTTPServer):
    """One thread a connection; knows how many calls are being answered."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int) -> None:
        self.idle = threading.Condition()
        self.answering = 0
        super().__init__(("127.0.0.1", port), _Gateway)

    def drain(self) -> None:
        """Wait until no call is being answered, so that stopping does not cut a message in two."""
        with self.idle:
            self.idle.wait_for(lambda: not self.answering, timeout=DRAIN_SECONDS)


class _Gateway(BaseHTTPRequestHandler):
    server: LocalServer
    protocol_version = "HTTP/1.1"
    server_version = "email-service"
    sys_version = ""
    timeout = READ_SECONDS
    wbufsize = -1  # one packet an answer: small writes wait for the other side's delayed ACK

    def do_POST(self) -> None:
        """Answer the one address there is."""
        with self.server.idle:
            self.server.answering += 1
        try:
            self._answer()
        except TimeoutError:
            self.close_connection = True
        finally:
            with self.server.idle:
                self.server.answering -= 1
                self.server.idle.notify_all()

    def _answer(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path.partition("?")[0] != PATH:
            self._refuse(404, "not_found")
        elif not (length.isascii() and length.isdigit()) or "Transfer-Encoding" in self.headers:
            self._refuse(411, "length_required")
        elif len(length) > LONGEST_NUMBER or int(length) > contract.MAX_BODY_WITH_FILE_BYTES:
            self._refuse(413, "too_large")
        else:
            body = self.rfile.read(int(length))
            if len(body) < int(length):
                self.close_connection = True
                return
            answer = handler(self._event(body), None)
            self._write(answer["statusCode"], answer["headers"], answer["body"].encode())

    def _event(self, body: bytes) -> dict[str, Any]:
        """The event of API Gateway's REST proxy integration, as far as it can be known here."""
        try:
            text, encoded = body.decode(), False
        except UnicodeDecodeError:
            text, encoded = base64.b64encode(body).decode(), True
        names = list(dict.fromkeys(self.headers.keys()))
        return {
            "resource": RESOURCE,
            "path": RESOURCE,
            "httpMethod": self.command,
            "headers": {name: self.headers[name] for name in names},
            "multiValueHeaders": {name: self.headers.get_all(name) for name in names},
            "queryStringParameters": None,
            "multiValueQueryStringParameters": None,
            "pathParameters": None,
            "stageVariables": None,
            "requestContext": {
                "resourcePath": RESOURCE,
                "path": PATH,
                "httpMethod": self.command,
                "stage": STAGE,
                "requestId": str(uuid.uuid4()),
                "protocol": self.request_version,
                "identity": {"sourceIp": self.client_address[0]},
            },
            "body": text,
            "isBase64Encoded": encoded,
        }

    def _not_found(self) -> None:
        self._refuse(404, "not_found")

    do_GET = _not_found  # noqa: N815
    do_HEAD = _not_found  # noqa: N815
    do_PUT = _not_found  # noqa: N815
    do_PATCH = _not_found  # noqa: N815
    do_DELETE = _not_found  # noqa: N815
    do_OPTIONS = _not_found  # noqa: N815

    def _refuse(self, status: int, word: str) -> None:
        # The body was not read, so this connection can't carry another request.
        self.close_connection = True
        self._write(status, {"Content-Type": "application/json"}, f'{{"error": "{word}"}}'.encode())

    def _write(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: the handler writes one line for each call."""


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C. Returns the exit code; what is missing is said in a sentence."""
    parser = argparse.ArgumentParser(prog="python -m email_service.local", description=__doc__)
    parser.add_argument("--port", type=int, default=3000)
    port = parser.parse_args(arguments).port
    try:
        idempotency.choose(config.load(os.environ))
        server = LocalServer(port)
    except (config.ConfigError, idempotency.StoreError) as error:
        return _complain(str(error))
    except OSError as error:
        return _complain(f"Port {port} can't be used: {error.strerror}.")
    # `shutdown` waits for the serving loop, which runs in this thread: it has to be called from another.
    stop = threading.Thread(target=server.shutdown, daemon=True)

    def stop_once(*_: object) -> None:
        if not stop.is_alive():
            stop.start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop_once)
    print(f"E-mail function on http://localhost:{server.server_port}{PATH}", flush=True)  # noqa: T201
    server.serve_forever(poll_interval=0.1)
    server.drain()
    server.server_close()
    return 0


def _complain(sentence: str) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201
    return 2


if __name__ == "__main__":
    sys.exit(main())
