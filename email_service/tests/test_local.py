"""`python -m email_service.local`: one address, loopback only, and a clean end."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
import requests

from email_service import config, contract, local

from .conftest import NEW_SECRET, Caller
from .sink import free_port

GOOD = {
    "SMTP_HOST": "localhost",
    "FROM_EMAIL": "a@b.example",
    "IDEMPOTENCY_FILE": "sent.sqlite3",
    "EMAIL_SERVICE_SECRETS": NEW_SECRET,
}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SMTP_HOST": ""}, "Set SMTP_HOST, or MAILGUN_API_KEY and MAILGUN_DOMAIN"),
        ({"MAILGUN_API_KEY": "k"}, "not both"),
        ({"SMTP_PORT": "smtp"}, "Set SMTP_PORT"),
        ({"SMTP_PORT": "65536"}, "Set SMTP_PORT"),
        ({"SMTP_USER": "u"}, "Set SMTP_USER and SMTP_PASSWORD together"),
        ({"SMTP_HOST": "", "MAILGUN_API_KEY": "k"}, "Set MAILGUN_DOMAIN"),
        (
            {"SMTP_HOST": "", "MAILGUN_API_KEY": "k", "MAILGUN_DOMAIN": "d", "MAILGUN_BASE_URL": "http://a.example"},
            "MAILGUN_BASE_URL",
        ),
        ({"FROM_EMAIL": ""}, "Set FROM_EMAIL"),
        ({"FROM_EMAIL": "a@b.example\nBcc: c@d.example"}, "Set FROM_EMAIL"),
        ({"FROM_EMAIL": "á@b.example"}, "Set FROM_EMAIL"),
        ({"IDEMPOTENCY_FILE": ""}, "Set IDEMPOTENCY_TABLE"),
        ({"EMAIL_SERVICE_SECRETS": " , "}, "Set EMAIL_SERVICE_SECRETS"),
        ({"EMAIL_SERVICE_SECRETS": "hunter2"}, "Correct EMAIL_SERVICE_SECRETS"),
    ],
)
def test_what_is_missing_or_wrong_is_said_in_a_sentence(changes, sentence):
    with pytest.raises(config.ConfigError, match=sentence) as caught:
        config.load({**GOOD, **changes})
    assert str(caught.value).endswith(".")
    assert "hunter2" not in str(caught.value)


def test_secrets_do_not_show_when_the_configuration_is_printed():
    loaded = config.load({**GOOD, "SMTP_USER": "u", "SMTP_PASSWORD": "hunter2"})
    assert "hunter2" not in repr(loaded)
    assert "secret" not in repr(loaded)


def test_the_port_for_sending_is_587_unless_told(environment):
    assert config.load(GOOD).provider.port == 587


def test_the_name_of_the_sender_can_be_set(caller, mailbox, environment):
    environment.setenv("FROM_NAME", "Städtisches Klinikum")
    caller.post("DOCTOR_APPROVED")

    assert mailbox.messages[0]["From"].addresses[0].display_name == "Städtisches Klinikum"


@pytest.mark.parametrize("path", ["/", "/send-email", "/dev/send-email/", "/dev/send-email/x", "/prod/send-email"])
def test_there_is_one_address(caller, path):
    assert requests.post(caller.url.removesuffix(local.PATH) + path, data="{}", timeout=60).status_code == 404


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_there_is_one_method(caller, method):
    assert requests.request(method, caller.url, timeout=60).status_code == 404


def _raw(caller: Caller, head: str, body: bytes = b"") -> int:
    connection = http.client.HTTPConnection(urlsplit(caller.url).netloc, timeout=60)
    connection.connect()
    connection.sock.sendall(f"POST {local.PATH} HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode() + body)
    answer = http.client.HTTPResponse(connection.sock, method="POST")
    answer.begin()
    answer.read()
    answer.close()
    connection.close()
    return answer.status


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("", 411),
        ("Content-Length: -1\r\n", 411),
        ("Content-Length: ten\r\n", 411),
        ("Transfer-Encoding: chunked\r\n", 411),
        (f"Content-Length: {contract.MAX_BODY_WITH_FILE_BYTES + 1}\r\n", 413),
        ("Content-Length: 99999999999999999999\r\n", 413),
    ],
)
def test_a_body_needs_an_honest_length(caller, head, status):
    assert _raw(caller, head) == status


def test_a_body_that_is_not_text_reaches_the_handler_as_base64(caller, mailbox):
    assert _raw(caller, "Content-Length: 2\r\n", b"\xff\xfe") == 401


def test_a_caller_that_stops_half_way_is_let_go(caller, monkeypatch):
    monkeypatch.setattr(local._Gateway, "timeout", 0.1)
    address = urlsplit(caller.url)
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        connection.sendall(f"POST {local.PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{{".encode())
        assert connection.recv(1024) == b""


def test_it_listens_on_loopback_only(caller):
    server = local.LocalServer(0)
    assert server.server_address[0] == "127.0.0.1"
    server.server_close()


def _command(port: int) -> list[str]:
    return [sys.executable, "-m", "email_service.local", "--port", str(port)]


@contextmanager
def _running():
    port = free_port()
    process = subprocess.Popen(
        _command(port), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
    )
    try:
        assert process.stdout.readline() == f"E-mail function on http://localhost:{port}/dev/send-email\n"
        yield process, Caller(port)
    finally:
        process.kill()
        process.communicate()


def test_the_command_says_where_it_listens_and_stops_when_told(mailbox):
    with _running() as (process, caller):
        assert caller.post("BOOKING_CONFIRMATION").json() == {"status": "sent"}
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
        assert process.stderr.read() == ""


def test_a_message_on_its_way_is_finished_before_stopping(environment):
    with socket.create_server(("127.0.0.1", 0)) as slow:
        environment.setenv("SMTP_HOST", "127.0.0.1")
        environment.setenv("SMTP_PORT", str(slow.getsockname()[1]))
        _stop_while_sending(slow)


def _stop_while_sending(slow: socket.socket) -> None:
    with _running() as (process, caller):
        answers = []
        thread = threading.Thread(target=lambda: answers.append(caller.post("BOOKING_CONFIRMATION")))
        thread.start()
        connection, _ = slow.accept()
        process.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.6)  # it would be gone by now if it did not wait for the message
        with connection:
            connection.sendall(b"554 no\r\n")
            assert process.wait(120) == 0
        thread.join()
    assert [answer.status_code for answer in answers] == [503]


def test_a_missing_setting_ends_the_command_with_a_sentence(environment):
    environment.delenv("FROM_EMAIL")
    environment.setenv("SMTP_HOST", "localhost")
    ended = subprocess.run(_command(0), capture_output=True, text=True, check=False, env={**os.environ})
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "Set FROM_EMAIL to the plain ASCII address that the mail comes from.\n"


def test_a_busy_port_ends_the_command_with_a_sentence(environment, mailbox):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = subprocess.run(_command(port), capture_output=True, text=True, check=False, env={**os.environ})
    assert (ended.returncode, ended.stderr) == (2, f"Port {port} can't be used: Address already in use.\n")
