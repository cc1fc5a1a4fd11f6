"""A hundred people sign in in the same second: the other pages hardly notice, and everybody gets in (A6)."""

from __future__ import annotations

import http.client
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from accounts.models import User
from accounts.signing_in.hashing import BoundedArgon2
from accounts.tests.factories import PASSWORD, StaffFactory
from doctors.tests.factories import make_doctor
from tests.web_server import web_server

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 100
THREADS = 8
BEARABLE = 10  # sign-ins that are granted while another page is waited for
SETTINGS = "tests.hardening.crowd_settings"
PATIENCE = 300  # seconds
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Person:
    """Somebody with a browser in front of the sign-in page."""

    host: str
    name: str
    ip: str
    cookie: str = ""
    token: str = ""

    def asks(self, method: str, path: str, body: str = "") -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection(self.host, timeout=PATIENCE)
        headers = {"X-Forwarded-For": self.ip, "Cookie": self.cookie, "Connection": "close"}
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            connection.close()

    def opens_the_page(self) -> None:
        _, headers, page = self.asks("GET", "/accounts/login/")
        self.cookie = headers["Set-Cookie"].partition(";")[0]
        match = TOKEN.search(page)
        assert match
        self.token = match[1]

    def signs_in(self) -> tuple[int, dict[str, str], str]:
        typed = {"login": self.name, "password": PASSWORD, "csrfmiddlewaretoken": self.token}
        return self.asks("POST", "/accounts/login/", urlencode(typed))


def crowd_of(many: int) -> list[str]:
    """The usernames of so many people, with passwords hashed as in production."""
    make_doctor()
    people = [StaffFactory(username=f"crowd{number}") for number in range(many)]
    User.objects.update(password=BoundedArgon2().encode(PASSWORD, "a-salt-for-everybody"))
    return [person.username for person in people]


@dataclass
class Storm:
    """What those who signed in were answered, and how many sign-ins were granted while each page was waited for.

    Counted rather than timed: how fast this machine is, and what else it does, makes no difference.
    """

    answers: list[tuple[int, dict[str, str], str]]
    went_first: list[int]


def storm(host: str, crowd: list[Person]) -> Storm:
    reader = Person(host, "", "198.51.100.1")
    for person in crowd:
        person.opens_the_page()
    gate, granted = threading.Barrier(len(crowd) + 1), list[str]()

    def rush(person: Person) -> tuple[int, dict[str, str], str]:
        gate.wait(PATIENCE)
        answer = person.signs_in()
        if answer[0] == 302:
            granted.append(person.name)
        return answer

    def read() -> int:
        before = len(granted)
        assert reader.asks("GET", "/doctors/")[0] == 200
        return len(granted) - before

    with ThreadPoolExecutor(len(crowd)) as pool:
        waiting = [pool.submit(rush, person) for person in crowd]
        gate.wait(PATIENCE)
        went_first = [read()]
        while not all(future.done() for future in waiting):
            went_first.append(read())
        return Storm([future.result() for future in waiting], went_first)


def people_before(address: str, many: int) -> list[Person]:
    host = address.removeprefix("http://")
    return [Person(host, name, f"203.0.113.{number + 1}") for number, name in enumerate(crowd_of(many))]


def test_the_other_pages_hardly_notice_and_who_comes_back_gets_in(tmp_path: Path) -> None:
    with web_server(tmp_path, threads=THREADS, settings=SETTINGS) as address:
        crowd = people_before(address, CROWD)
        seen = storm(crowd[0].host, crowd)
        refused = [person for person, (status, *_) in zip(crowd, seen.answers, strict=True) if status == 503]
        again = [person.signs_in()[0] for person in refused[:10]]

    told = [(headers, page) for status, headers, page in seen.answers if status == 503]
    assert {status for status, *_ in seen.answers} == {302, 503}
    assert {headers["Retry-After"] for headers, _ in told} == {"5"}
    assert all("Many people are signing in right now" in page and 'value="crowd' in page for _, page in told)
    assert set(again) == {302}
    assert not [headers for _, headers, _ in seen.answers if "Server" in headers]  # gunicorn.conf.py
    assert max(seen.went_first) < BEARABLE, seen.went_first


def test_without_the_bound_they_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: fewer people, each of whom may have a thread."""
    monkeypatch.setenv("HASHES_AT_ONCE", "1000")
    with web_server(tmp_path, threads=THREADS, settings=SETTINGS) as address:
        crowd = people_before(address, CROWD // 2)
        seen = storm(crowd[0].host, crowd)

    assert {status for status, *_ in seen.answers} == {302}
    assert max(seen.went_first) > BEARABLE, seen.went_first
