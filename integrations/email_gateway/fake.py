"""A stand-in for the e-mail function: a real HTTP server that answers as told.

It remembers ids as the real one does. `tests/contracts/` holds it and the real handler to the same answers.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from integrations.email_gateway.client import signed_headers

TOLERANCE_SECONDS = 300


class FakeEmailFunction:
    """`mode` decides the answer: ok, error, busy, garbage, endless, redirect, hang, refuse, or drop.

    With drop it sends, but the answer is lost. What the real one refuses to believe, this one does in every mode:
    a wrong signature, something else than JSON, an id that was used with another body.
    """

    def __init__(self) -> None:
        self.mode = "ok"
        self.calls: list[dict[str, Any]] = []
        self.sent: dict[str, dict[str, Any]] = {}
        self._posted: dict[str, dict[str, Any]] = {}
        self.sends = 0
        self.refused_actions: set[str] = set()
        self._lock = threading.Lock()
        self.release = threading.Event()
        self.server = _Server(self)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/dev/send-email"

    def take(self, headers: dict[str, str], body: bytes) -> tuple[str, str]:
        """Remember a call; says how to answer, and with which status word."""
        with self._lock:
            self.calls.append({"headers": headers, "body": body, "at": time.monotonic()})
            if doubt := _doubt(headers, body):
                return "unsigned", doubt
            try:
                message = json.loads(body)
            except ValueError:
                return "refuse", "malformed"
            if message["id"] != headers["webhook-id"]:
                return "refuse", "contract"
            if self._posted.setdefault(message["id"], _without_file(message)) != _without_file(message):
                return "other_body", "other_body"
            if message["action"] in self.refused_actions or self.mode == "refuse":
                return "refuse", "contract"
            mode = self.mode
            word = "already_sent" if message["id"] in self.sent else "sent"
            if mode in {"ok", "drop"} and word == "sent":
                self.sent[message["id"]] = message
                self.sends += 1
            return mode, word


def _without_file(message: dict[str, Any]) -> dict[str, Any]:
    """What binds an id: a file may be made anew for each try."""
    attachment = message.get("data", {}).get("attachment")
    if not attachment:
        return message
    return message | {"data": message["data"] | {"attachment": attachment | {"base64": ""}}}


def _doubt(headers: dict[str, str], body: bytes) -> str:
    """Why the call can't be believed, or nothing."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not headers.get("webhook-signature") or not timestamp.isdecimal():
        return "unsigned"
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return "stale"
    good = signed_headers(message_id, body, timestamp=int(timestamp))["webhook-signature"]
    return "" if {*good.split()} & {*headers["webhook-signature"].split()} else "wrong_signature"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, fake: FakeEmailFunction) -> None:
        self.fake = fake
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    @property
    def fake(self) -> FakeEmailFunction:
        assert isinstance(self.server, _Server)  # noqa: S101  for the type checker
        return self.server.fake

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        mode, word = self.fake.take({k.lower(): v for k, v in self.headers.items()}, body)
        with suppress(OSError):  # the caller may have gone
            getattr(self, f"answer_{mode}")(word)

    def answer_ok(self, word: str) -> None:
        self._say(200, json.dumps({"status": word}))

    def answer_error(self, word: str) -> None:
        self._say(500, json.dumps({"error": "internal_error"}))

    def answer_busy(self, word: str) -> None:
        self._say(429, json.dumps({"error": "try_later"}), {"Retry-After": "7"})

    def answer_unsigned(self, word: str) -> None:
        self._say(401, json.dumps({"error": word}))

    def answer_other_body(self, word: str) -> None:
        self._say(409, json.dumps({"error": word}))

    def answer_garbage(self, word: str) -> None:
        self._say(200, "<html>all is well</html>")

    def answer_redirect(self, word: str) -> None:
        self._say(302, "", {"Location": f"{self.fake.url}?elsewhere"})

    def answer_refuse(self, word: str) -> None:
        self._say(400, json.dumps({"error": word}))

    def answer_drop(self, word: str) -> None:
        self.connection.close()

    def answer_hang(self, word: str) -> None:
        self.fake.release.wait(30)

    def answer_endless(self, word: str) -> None:
        self.send_response(200)
        self.end_headers()
        while not self.fake.release.is_set():
            self.wfile.write(b" " * 8_192)

    def _say(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(text)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@contextmanager
def running() -> Iterator[FakeEmailFunction]:
    fake = FakeEmailFunction()
    thread = threading.Thread(target=fake.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.release.set()
        fake.server.shutdown()
        fake.server.server_close()
        thread.join(5)
