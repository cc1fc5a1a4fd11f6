"""A real browser on the real site, at nine on a Wednesday morning."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, Playwright, sync_playwright

from accounts.models import User
from accounts.tests.factories import StaffFactory, verify
from core import clock
from tests.journeys.support.visitor import Visitor
from tools.environment import PROGRAMS

# The second line keeps Chromium from calling home, which a closed network would only refuse.
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"),
]
WIDE, PHONE = 1280, 390
WEDNESDAY = 2

Arrives = Callable[..., Visitor]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    # While an event loop runs, Django keeps the thread's connections in another place: one that is open when it begins
    # or ends would stay so, unseen.
    connections.close_all()
    with sync_playwright() as running:
        yield running
        connections.close_all()


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """No browser is no excuse: the journeys fail without one."""
    path = next(filter(None, map(shutil.which, PROGRAMS["chromium"])), None)
    if path is None:
        pytest.fail("The browser journeys need Chromium: install it, or run `python3 run.py test`, which does.")
    browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """The coming Wednesday, nine in the morning at the hospital, for everything that asks the clock."""
    today = timezone.localtime()
    days = (WEDNESDAY - today.weekday()) % 7 or 7
    morning = (today + timedelta(days=days)).replace(hour=9, minute=0, second=0, microsecond=0)
    monkeypatch.setattr(clock, "now", lambda: morning)
    return morning


@pytest.fixture
def arrives(chromium: Browser, live_server: Any, now: datetime) -> Iterator[Arrives]:
    """`arrives(width=390)`: somebody new at the site, with a browser window of their own."""
    visitors: list[Visitor] = []

    def arrive(**window: Any) -> Visitor:
        visitors.append(Visitor(chromium, live_server.url, **window))
        return visitors[-1]

    yield arrive
    for visitor in visitors:
        visitor.leaves()
    assert [fault for visitor in visitors for fault in visitor.faults] == []


@pytest.fixture(params=[WIDE, PHONE], ids=["wide", "phone"])
def width(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture
def ada(settings: Any) -> User:
    settings.STAFF_NEED_SECOND_FACTOR = True
    return verify(StaffFactory(username="ada", full_name="Ada Byron"))
