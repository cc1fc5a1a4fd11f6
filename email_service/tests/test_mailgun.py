"""Sending by Mailgun, against an HTTP server of ours."""

import base64
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from email_service.idempotency import FileStore
from email_service.senders import mailgun

from .sink import free_port, parsed


@dataclass
class FakeMailgun:
    """What it was asked, and the answer to give."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, bytes]]] = field(default_factory=list)


@pytest.fixture
def account(environment):
    fake = FakeMailgun()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            form = message_from_bytes(
                f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode() + body, policy=policy.HTTP
            )
            parts = {part.get_param("name", header="content-disposition"): _content(part) for part in form.iter_parts()}
            fake.requests.append((self.path, self.headers["Authorization"], parts))
            self.send_response(fake.status)
            for name, value in fake.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    environment.setenv("MAILGUN_API_KEY", "key-123")
    environment.setenv("MAILGUN_DOMAIN", "mg.hospital.example")
    environment.setenv("MAILGUN_BASE_URL", f"http://127.0.0.1:{server.server_port}")
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()


def _content(part):
    if part.get_content_type() == "message/rfc822":
        return part.get_payload(0).as_bytes()
    return part.get_payload(decode=True)


def test_the_finished_message_is_handed_over(caller, account):
    assert caller.post("BOOKING_CONFIRMATION", id="msg_1").json() == {"status": "sent"}

    [(path, authorization, form)] = account.requests
    assert path == "/v3/mg.hospital.example/messages.mime"
    assert base64.b64decode(authorization.removeprefix("Basic ")) == b"api:key-123"
    assert form["to"].strip() == b"maria@example.com"
    message = parsed(form["message"])
    assert message["Subject"] == "Appointment booked: Thursday 6 August 2026, 2:30pm with Dr Ana Álvarez"
    assert message["Message-ID"] == "<msg_1@hospital.example>"
    assert sum(part.get_content_type() == "text/calendar" for part in message.walk()) == 2


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (400, 422), (413, 422), (401, 503), (402, 503), (403, 503), (404, 503), (408, 503),
        (429, 429), (500, 503), (503, 503), (202, 503), (204, 503),
    ],
)  # fmt: skip
def test_what_mailgun_says_is_passed_on(caller, account, status, told):
    account.status = status

    assert caller.post("BOOKING_CONFIRMATION").status_code == told


@pytest.mark.parametrize(
    ("header", "passed"), [("17", "17"), ("99999", "3600"), ("soon", None), ("-1", None), ("9" * 50, None)]
)
def test_how_long_to_wait_is_passed_on(caller, account, header, passed):
    account.status, account.headers = 429, {"Retry-After": header}

    assert caller.post("BOOKING_CONFIRMATION").headers.get("Retry-After") == passed


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(caller, account, status):
    account.status, account.headers = status, {"Location": "/elsewhere"}

    assert caller.post("BOOKING_CONFIRMATION").status_code == 503
    assert len(account.requests) == 1


def test_nobody_there_means_try_later(caller, account, environment, capsys):
    environment.setenv("MAILGUN_BASE_URL", f"http://127.0.0.1:{free_port()}")

    assert caller.post("BOOKING_CONFIRMATION").status_code == 503
    assert "key-123" not in capsys.readouterr().out


def test_a_silent_mailgun_is_given_up(caller, account, environment, monkeypatch):
    import socket  # noqa: PLC0415

    monkeypatch.setattr(mailgun, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environment.setenv("MAILGUN_BASE_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert caller.post("BOOKING_CONFIRMATION").status_code == 503


def test_the_mark_is_written_before_the_connection_is_closed(caller, account, monkeypatch):
    """Whoever is killed while parting has written down that the message was taken."""
    order = []
    close, mark = requests.Response.close, FileStore.mark_sent
    monkeypatch.setattr(requests.Response, "close", lambda response: (order.append("close"), close(response)))
    monkeypatch.setattr(
        FileStore, "mark_sent", lambda store, *given, **named: (order.append("mark"), mark(store, *given, **named))
    )

    assert caller.post("BOOKING_CONFIRMATION").json() == {"status": "sent"}

    assert order[:2] == ["mark", "close"]
