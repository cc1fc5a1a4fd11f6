"""A body that is too large is answered with 413, which arrives; then the connection is closed (QUALITY)."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from tests.architecture.test_url_matrix import ADDRESSES, takes_post
from tests.architecture.world import build_world
from tests.web_server import web_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.ignore_template_errors]
FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="login"\r\n\r\n%b\r\n--x--\r\n'
FILE = b'--x\r\nContent-Disposition: form-data; name="a"; filename="a.bin"\r\n\r\n%b\r\n--x--\r\n'
KINDS = {
    "a form over 1 MB": (FORM, b"login=" + b"x" * 1_000_001),
    "a form over 5 MB": (FORM, b"login=" + b"x" * 5_000_001),
    "parts over 1 MB": (PARTS, PART % (b"x" * 1_100_000)),
    "parts over 5 MB": (PARTS, PART % (b"x" * 5_000_001)),
    "a file over 5 MB": (PARTS, FILE % (b"x" * 5_000_001)),
    "JSON over 1 MB": ("application/json", b'{"a": "' + b"x" * 1_000_001 + b'"}'),
    "twenty megabytes": (FORM, b"login=" + b"x" * 20_000_000),
}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    with web_server(tmp_path) as address:
        yield address.removeprefix("http://")


def test_the_answer_arrives_and_the_connection_is_closed(site: str) -> None:
    found = {}
    for kind, (content_type, body) in KINDS.items():
        connection = http.client.HTTPConnection(site, timeout=60)
        connection.request("POST", "/accounts/login/", body, {"Content-Type": content_type})  # all of it, then reads
        answer = connection.getresponse()
        page = answer.read()
        found[kind] = (answer.status, answer.headers["Connection"], b"<h1" in page, connection.sock is None)
        connection.close()

    assert found == dict.fromkeys(KINDS, (413, "close", True, True))


def test_what_is_not_too_much_keeps_the_connection(site: str) -> None:
    connection = http.client.HTTPConnection(site, timeout=60)
    for _ in range(2):
        connection.request("POST", "/accounts/login/", b"login=" + b"x" * 900_000, {"Content-Type": FORM})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 403  # without the form's token
        assert connection.sock is not None
    connection.close()


@pytest.mark.parametrize("kind", ["a form over 1 MB", "a form over 5 MB", "a file over 5 MB"])
def test_every_form_of_the_site(kind: str) -> None:
    world = build_world()
    content_type, body = KINDS[kind]
    client = world.client("administrator")
    paths = [address.path(world) for name, address in ADDRESSES.items() if takes_post(name)]
    answers = {path: client.post(path, body, content_type).status_code for path in paths}

    assert len(answers) > 50
    assert {path: status for path, status in answers.items() if status != 413} == {}
    assert Client().post("/accounts/login/", {"login": "x"}).status_code == 200
