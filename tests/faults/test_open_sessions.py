"""The look for sessions left open (tests/open_sessions.py) sees one, and waits for one that is going."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from tests import open_sessions
from tests.open_sessions import OpenSessions

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_that_stays_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_sessions, "PATIENCE", 0)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT 'left behind'")
        with pytest.raises(AssertionError, match="SELECT 'left behind'"):
            OpenSessions().end()
    finally:
        other.close()


def test_one_that_stays_is_told_of_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not once more by every test to come, each of which would wait for it as long."""
    monkeypatch.setattr(open_sessions, "PATIENCE", 0)
    other = connection.copy()
    try:
        other.ensure_connection()
        with pytest.raises(AssertionError, match="still connected"):
            OpenSessions().end()
        OpenSessions().end()
    finally:
        other.close()


def test_one_that_goes_is_waited_for() -> None:
    other = connection.copy()
    other.ensure_connection()
    other.inc_thread_sharing()  # so that another thread may close it
    look = OpenSessions()
    assert look.of_others()
    threading.Timer(0.2, other.close).start()

    look.end()

    assert look.of_others() == []
