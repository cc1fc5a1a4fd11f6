"""The cache is a Redis killed, frozen or started again: what needs nothing of it goes on, guards say come back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.tests.factories import PASSWORD, StaffFactory, sign_in
from bookings.models import Booking
from core import cache as shared_cache
from core.cache import CacheUnavailable, RedisCache
from core.web import health
from doctors.models import Department, DoctorProfile
from hms_project import env
from tests.architecture.test_url_matrix import ADDRESSES
from tests.architecture.world import World, build_world
from tests.faults.support.redis_server import RedisServer, redis_server
from tests.faults.test_requests_stay_fast import Visitor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.ignore_template_errors]
LONGEST = 10  # seconds: nobody is kept waiting for longer
SIGN_IN = "/accounts/login/"
AWAY: dict[str, Callable[[RedisServer], None]] = {"killed": RedisServer.kill, "frozen": RedisServer.freeze}


@pytest.fixture
def redis(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as server:
        monkeypatch.setenv("REDIS_URL", server.url)
        monkeypatch.setattr(RedisCache, "_away_until", 0.0)
        settings.CACHES = {"default": env.cache()}
        health._room.forget()
        yield server
        caches["default"].close()


@pytest.fixture(params=AWAY)
def away(redis: RedisServer, request: pytest.FixtureRequest) -> str:
    """In use before, so that connections to it are open."""
    caches["default"].set("in-use", 1, 60)
    assert Client().get("/readyz").status_code == 200
    AWAY[request.param](redis)
    return str(request.param)


def answered(ask: Callable[[], HttpResponse]) -> HttpResponse:
    """An answer in time, as if nobody had met the trouble yet."""
    RedisCache._away_until = 0.0
    began = time.monotonic()
    response = ask()
    assert time.monotonic() - began < LONGEST
    return response


def refused_calmly(response: HttpResponse) -> bool:
    return response.status_code == 503 and int(response["Retry-After"]) > 0 and b"<h1" in response.content


def everywhere(world: World, role: str) -> dict[str, int]:
    """What each page answers that role, by its path."""
    client = world.client(role)
    client.raise_request_exception = False
    if role != "nobody":
        sign_in(client, world.people[role])
    paths = [address.path(world) for name, address in ADDRESSES.items() if "logout" not in name]
    return {path: client.get(path).status_code for path in paths}


@pytest.mark.parametrize("role", ["nobody", "patient", "doctor", "reception", "administrator"])
def test_every_page_answers_as_before(redis: RedisServer, role: str) -> None:
    world = build_world()
    before = everywhere(world, role)
    redis.kill()
    after = everywhere(world, role)

    # Not ready; and what a guard counts, the challenges of passkeys, is refused while it can't be counted.
    refused = dict.fromkeys(["/readyz", reverse("mfa_login_webauthn")], 503)
    assert {path: status for path, status in after.items() if status != before[path]} == refused
    assert list(before.values()).count(200) > 10


def test_patients_book_and_staff_work(away: str) -> None:
    visitor, desk = Visitor(2), Client(raise_request_exception=False)
    staff = StaffFactory()
    sign_in(desk, staff)
    department = Department.objects.create(name="Cardiology of before")
    doctor = DoctorProfile.objects.get()
    for path in ("/", "/doctors/", f"/doctors/{doctor.slug}/", SIGN_IN, "/accounts/password/reset/"):
        assert answered(lambda path=path: Client().get(path)).status_code == 200, path
    for path in ("/staff/desk/", "/staff/", "/admin/", "/admin/doctors/doctorprofile/"):
        assert answered(lambda path=path: desk.get(path)).status_code == 200, path
    assert visitor.books() < LONGEST
    assert Booking.objects.count() == 1

    change = reverse("admin:doctors_department_change", args=[department.pk])
    assert answered(lambda: desk.post(change, {"name": "Cardiology", "description": ""})).status_code == 302
    department.refresh_from_db()
    assert department.name == "Cardiology"  # dropping the kept lists failed, and rolled nothing back


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        (SIGN_IN, {"login": "somebody", "password": PASSWORD}),
        ("/accounts/password/reset/", {"email": "somebody@example.org"}),
    ],
)
def test_what_guards_refuses_calmly(away: str, path: str, typed: dict[str, str]) -> None:
    person = StaffFactory(username="somebody", email="somebody@example.org")
    client = Client(raise_request_exception=False)

    assert refused_calmly(answered(lambda: client.post(path, typed)))
    assert "_auth_user_id" not in client.session
    assert person.pk


def test_probes_say_which_part(away: str) -> None:
    response = answered(lambda: Client().get("/readyz"))

    assert response.status_code == 503
    assert [part for part, holds in response.json().items() if not holds] == ["cache"]
    assert answered(lambda: Client().get("/livez")).status_code == 200


def test_after_a_restart_the_first_to_come_is_served(redis: RedisServer) -> None:
    """Connections of before are dead: nobody pays for that with an error."""
    caches["default"].set("in-use", 1, 60)
    redis.kill()
    redis.start()
    StaffFactory(username="somebody")
    response = Client().post(SIGN_IN, {"login": "somebody", "password": PASSWORD})

    assert response.status_code == 302
    assert caches["default"].get("in-use") is None


def test_a_page_that_asks_many_times_waits_once(away: str) -> None:
    RedisCache._away_until = 0.0
    began = time.monotonic()
    for number in range(50):
        assert shared_cache.read(f"list-{number}") is None
        shared_cache.keep(f"list-{number}", 1, 60)
        shared_cache.forget(f"list-{number}")
        assert shared_cache.begin(f"list-{number}", 5)
    assert time.monotonic() - began < LONGEST
    with pytest.raises(CacheUnavailable):
        caches["default"].add("a-guard", 1)
