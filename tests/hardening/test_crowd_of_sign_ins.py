"""A hundred people sign in in the same second: the other pages hardly notice, and everybody gets in (A6)."""

from __future__ import annotations

import http.client
import re
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from accounts.models import User
from accounts.tests.factories import PASSWORD, StaffFactory
from doctors.tests.factories import make_doctor
from tests.web_server import web_server

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 100
THREADS = 8
PATIENCE = 60  # seconds
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


@pytest.fixture
def names() -> list[str]:
    make_doctor()
    people = [StaffFactory(username=f"crowd{number}") for number in range(CROWD)]
    User.objects.update(password=Argon2PasswordHasher().encode(PASSWORD, "a-salt-for-everybody"))
    return [person.username for person in people]


def seconds_to_read(person: Person) -> float:
    began = time.monotonic()
    assert person.asks("GET", "/doctors/")[0] == 200
    return time.monotonic() - began


@dataclass
class Storm:
    calm: list[float]
    rough: list[float]
    answers: list[tuple[int, dict[str, str], str]]
    took: float

    @property
    def slow_down(self) -> float:
        """How many times longer the other pages take, at the 95th percentile of each."""
        return p95(self.rough) / p95(self.calm)


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def storm(host: str, names: list[str]) -> Storm:
    reader = Person(host, "", "198.51.100.1")
    crowd = [Person(host, name, f"203.0.113.{number + 1}") for number, name in enumerate(names)]
    for person in crowd:
        person.opens_the_page()
    calm = [seconds_to_read(reader) for _ in range(40)]
    gate = threading.Barrier(CROWD + 1)

    def rush(person: Person) -> tuple[int, dict[str, str], str]:
        gate.wait(PATIENCE)
        return person.signs_in()

    with ThreadPoolExecutor(CROWD) as pool:
        waiting = [pool.submit(rush, person) for person in crowd]
        gate.wait(PATIENCE)
        began, rough = time.monotonic(), []
        while not all(one.done() for one in waiting):
            rough.append(seconds_to_read(reader))
        took = time.monotonic() - began
        answers = [one.result() for one in waiting]
    rough += [seconds_to_read(reader) for _ in range(max(0, 20 - len(rough)))] if len(rough) < 2 else []
    refused = [person for person, (status, *_) in zip(crowd, answers, strict=True) if status == 503]
    assert {person.signs_in()[0] for person in refused} <= {302}
    return Storm(calm, rough, answers, took)


def run(folder: Path, names: list[str]) -> Storm:
    with web_server(folder, workers=1, threads=THREADS, settings="tests.hardening.crowd_settings") as address:
        return storm(address.removeprefix("http://"), names)


def test_the_other_pages_hardly_notice_and_everybody_gets_in(tmp_path: Path, names: list[str]) -> None:
    seen = run(tmp_path, names)
    print(len(seen.rough), p95(seen.calm), p95(seen.rough), max(seen.rough), seen.slow_down, seen.took, [a[0] for a in seen.answers].count(302))
    refused = [(headers, page) for status, headers, page in seen.answers if status == 503]

    assert {status for status, *_ in seen.answers} <= {302, 503}
    assert all(headers["Retry-After"] == "5" for headers, _ in refused)
    assert all("Many people are signing in just now" in page and 'value="crowd' in page for _, page in refused)


def test_without_the_bound_they_wait(tmp_path: Path, names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HASHES_AT_ONCE", "1000")
    seen = run(tmp_path, names)
    print(len(seen.rough), p95(seen.calm), p95(seen.rough) if len(seen.rough)>1 else None, max(seen.rough), seen.took, [a[0] for a in seen.answers].count(302))
