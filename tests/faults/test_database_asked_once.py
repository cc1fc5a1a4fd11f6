"""While the database can't be reached, each request waits for it once: what tells of it asks nothing more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.urls import NoReverseMatch, reverse

from core.postgres.backend import base
from tests.architecture.world import addresses

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.ignore_template_errors]


def paths() -> dict[str, str]:
    """Every address without a changing part."""
    found = {}
    for address in addresses():
        try:
            found[address.name] = reverse(address.name)
        except NoReverseMatch:
            continue
    return found


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One entry for each time a connection was asked for; none is to be had."""
    made: list[int] = []

    def refused(_self: object, _params: object) -> None:
        made.append(1)
        raise psycopg2.OperationalError("timeout expired")

    monkeypatch.setattr(base.DatabaseWrapper, "get_new_connection", refused)
    return made


def visit(path: str, *, signed_in: bool) -> int:
    """By a thread of its own, which has no connection yet."""
    client = Client(raise_request_exception=False)
    if signed_in:
        client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    try:
        return client.get(path).status_code
    finally:
        connections.close_all()


@pytest.mark.parametrize("signed_in", [True, False], ids=["with a session", "a stranger"])
def test_every_page_asks_for_a_connection_once_at_most(attempts: list[int], signed_in: bool) -> None:
    pages, asked, statuses = paths(), {}, {}
    assert len(pages) > 60
    with ThreadPoolExecutor(1) as another:
        for name, path in pages.items():
            attempts.clear()
            statuses[name] = another.submit(visit, path, signed_in=signed_in).result()
            asked[name] = len(attempts)

    assert {name: count for name, count in asked.items() if count > 1} == {}
    assert {name: status for name, status in statuses.items() if status >= 500 and status != 503} == {}
    if signed_in:
        assert {name for name, status in statuses.items() if status != 503 and asked[name]} == set()
        assert sum(asked.values()) > 60
