"""The stand-in as a web server, with faults on demand."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from integrations.google_calendar.fake import oauth, pages
from integrations.google_calendar.fake.answers import Answer, Problem, api_problem, json_answer, oauth_problem, redirect
from integrations.google_calendar.fake.calendar import Calendar, free_busy
from integrations.google_calendar.fake.store import Event, FakeGrant, FakeStore, Fault

EVENTS = re.compile(r"/calendar/v3/calendars/([^/]+)/events(?:/([^/]+))?")
METHODS = {"GET": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
HANG_SECONDS = 30
FORMS: Mapping[tuple[str, str], Callable[[FakeStore, Mapping[str, str], Mapping[str, str]], Answer]] = {
    ("GET", "/o/oauth2/v2/auth"): oauth.ask,
    ("POST", "/o/oauth2/v2/auth"): oauth.decide,
    ("POST", "/token"): oauth.token,
    ("POST", "/revoke"): oauth.revoke,
}
FAULTS: Mapping[str, Callable[[], Problem]] = {
    "500": lambda: api_problem(500, "backendError", "Backend Error"),
    "503": lambda: api_problem(503, "backendError", "Backend Error"),
    "403": lambda: api_problem(403, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits"),
    "429": lambda: api_problem(429, "rateLimitExceeded", "Rate Limit Exceeded", "usageLimits", **{"Retry-After": "7"}),
    "410": lambda: api_problem(410, "deleted", "Resource has been deleted"),
    "404": lambda: api_problem(404, "notFound", "Not Found"),
    "401": lambda: api_problem(401, "authError", "Invalid Credentials"),
    "garbage": lambda: Problem(Answer(200, b"<html>all is well</html>", "text/html")),
    "list": lambda: Problem(json_answer([1, 2])),
    "invalid_grant": lambda: oauth_problem("invalid_grant", "Token has been expired or revoked."),
}


class FakeGoogle:
    """Reached at `url`. `fail` asks for faults: the keys of FAULTS, "hang", or "drop" (does it, then hangs up)."""

    def __init__(self, *, port: int = 0, path: Path | None = None) -> None:
        self.store = FakeStore(path)
        self.release = threading.Event()
        self.server = _Server(self, port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def settings(self) -> dict[str, str]:
        """What the application must be told to come here instead of to Google."""
        return {
            "GOOGLE_CLIENT_ID": "stand-in",
            "GOOGLE_CLIENT_SECRET": oauth.CLIENTS["stand-in"],
            "GOOGLE_AUTH_URI": f"{self.url}/o/oauth2/v2/auth",
            "GOOGLE_TOKEN_URI": f"{self.url}/token",
            "GOOGLE_REVOKE_URI": f"{self.url}/revoke",
            "GOOGLE_API_ENDPOINT": f"{self.url}/calendar/v3/",
        }

    def fail(self, kind: str, *, times: int = 1, on: str = "events") -> None:
        """Let the next `times` calls of operations that begin with `on` fail."""
        with self.store.lock:
            self.store.faults.append(Fault(kind, times, on))

    def calendar(self, email: str) -> dict[str, Event]:
        """The events that stand, by id."""
        with self.store.lock:
            events = self.store.calendars.get(email, {})
            return {key: event for key, event in events.items() if event["status"] != "cancelled"}

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        """What to say; None: hang up without a word."""
        call = Call(self.store, method, target, headers, body)
        fault = self.store.fault_for(call.operation)
        try:
            if fault == "hang":
                self.release.wait(HANG_SECONDS)
            answer = self._faulty(fault) or call.done()
        except Problem as problem:
            answer = problem.answer
        return None if fault in {"drop", "hang"} else answer

    @staticmethod
    def _faulty(fault: str) -> Answer | None:
        return FAULTS[fault]().answer if fault in FAULTS else None


class Call:
    """One request."""

    def __init__(self, store: FakeStore, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        self.store, self.method, self.headers, self.body = store, method, headers, body
        parts = urlsplit(target)
        self.path, self.query = parts.path, parts.query
        self.events = EVENTS.fullmatch(self.path)

    @property
    def operation(self) -> str:
        """The name a fault goes by, such as "events.insert" or "token.refresh_token"."""
        if self.events:
            alone = {"GET": "list", "POST": "insert"}
            return "events." + (METHODS if self.events[2] else alone).get(self.method, "unknown")
        if self.path == "/token":
            return f"token.{self.form().get('grant_type', '')}"
        return {"/calendar/v3/freeBusy": "freebusy.query", "/revoke": "revoke"}.get(self.path, "page")

    def form(self) -> dict[str, str]:
        """What was posted. A client may name itself in the form or by HTTP Basic (RFC 6749 section 2.3.1)."""
        posted = dict(parse_qsl(self.body.decode(), keep_blank_values=True))
        kind, _, credentials = self.headers.get("Authorization", "").partition(" ")
        if kind == "Basic":
            posted["client_id"], _, posted["client_secret"] = b64decode(credentials).decode().partition(":")
        return posted

    def done(self) -> Answer:
        if self.path.startswith("/calendar/v3/"):
            return self._api()
        endpoint = FORMS.get((self.method, self.path))
        if endpoint:
            return endpoint(self.store, dict(parse_qsl(self.query, keep_blank_values=True)), self.form())
        return self._page()

    def _api(self) -> Answer:
        grant, body = self._grant(), self._json()
        if self.path == "/calendar/v3/freeBusy" and self.method == "POST":
            return free_busy(self.store, grant, body)
        if not self.events:
            raise api_problem(404, "notFound", "Not Found")
        calendar, event_id, etag = Calendar(self.store, grant, self.events[1]), self.events[2], self._etag()
        operations: Mapping[str, Callable[[], Answer]] = {
            "events.insert": lambda: calendar.insert(body),
            "events.list": lambda: calendar.matching(parse_qs(self.query)),
            "events.get": lambda: calendar.get(event_id),
            "events.update": lambda: calendar.update(event_id, body, etag),
            "events.patch": lambda: calendar.patch(event_id, body, etag),
            "events.delete": lambda: calendar.delete(event_id),
        }
        if self.operation not in operations:
            raise api_problem(405, "httpMethodNotAllowed")
        with self.store.lock:
            return operations[self.operation]()

    def _grant(self) -> FakeGrant:
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        grant = self.store.access_tokens.get(token) if kind == "Bearer" else None
        if grant is None or grant.expires_at < time.time():
            raise api_problem(401, "authError", "Invalid Credentials")
        return grant

    def _etag(self) -> str:
        return self.headers.get("If-Match", "")

    def _json(self) -> dict[str, Any]:
        try:
            body = json.loads(self.body or b"{}")
        except ValueError:
            raise api_problem(400, "parseError", "Parse Error") from None
        return body if isinstance(body, dict) else {}

    def _page(self) -> Answer:
        """For people: the calendars, and what one can do to them by hand."""
        form = self.form()
        match self.method, self.path:
            case "GET", "/":
                return pages.home(self.store)
            case "GET", "/style.css":
                return pages.style()
            case "POST", "/stand-in/revoke":
                self.store.revoke(form["email"])
            case "POST", "/stand-in/busy":
                start, end = ({"dateTime": _utc(form[edge])} for edge in ("start", "end"))
                owner = FakeGrant(form["email"], "", ["calendar"])
                Calendar(self.store, owner, "primary").insert({"summary": "Busy", "start": start, "end": end})
            case "POST", "/stand-in/faults":
                with self.store.lock:
                    self.store.faults.append(Fault(form["kind"], int(form["times"]), "events"))
            case _:
                return Answer(404, b"not here", "text/plain")
        return redirect("/")


def _utc(value: str) -> str:
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC).isoformat()
    except ValueError:
        raise Problem(pages.sorry("That is not a time.")) from None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, fake: FakeGoogle, port: int) -> None:
        self.fake = fake
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # an answer in one piece: many small ones wait for each other's acknowledgement
    timeout = 60

    def handle_any(self) -> None:
        assert isinstance(self.server, _Server)  # noqa: S101  for the type checker
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.server.fake.answer(self.command, self.path, self.headers, body)  # type: ignore[arg-type]
        with suppress(OSError):  # the caller may have gone
            self._say(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815  the names http.server asks for

    def _say(self, answer: Answer | None) -> None:
        if answer is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(answer.status)
        headers = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body)), **answer.headers}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Quiet: an address may carry a code."""


@contextmanager
def running(*, port: int = 0, path: Path | None = None) -> Iterator[FakeGoogle]:
    fake = FakeGoogle(port=port, path=path)
    thread = threading.Thread(target=fake.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.release.set()
        fake.server.shutdown()
        fake.server.server_close()
        thread.join(5)
