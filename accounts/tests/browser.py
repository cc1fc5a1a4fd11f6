"""Somebody who signs in with a browser, and the hospital's clock, which a test moves."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.tests.factories import PASSWORD
from core import clock

FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"
LIMITS = {"STAFF": (30, 12), "DOCTOR": (60, 12), "PATIENT": (120, 336)}


class Clock:
    def __init__(self) -> None:
        self.now = timezone.now()

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)


def moved_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    monkeypatch.setattr(clock, "now", moved)
    return moved


def signs_in(name: str, *, keep: bool = False, browser: str = FIREFOX, ip: str = "192.0.2.7") -> Client:
    """Their browser, signed in through the page."""
    client = Client(HTTP_USER_AGENT=browser, REMOTE_ADDR=ip)
    typed = {"login": name, "password": PASSWORD} | ({"remember": "on"} if keep else {})
    assert client.post("/accounts/login/", typed).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/accounts/security/").status_code == 200
