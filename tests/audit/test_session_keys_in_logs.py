"""Whoever has a session's key is signed in: it stands in no line of any log, in whatever way its row fails."""

from __future__ import annotations

import io
import logging
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.models import Session, User
from accounts.tests.factories import PASSWORD
from core import clock
from core.batches import leave
from core.errors import Busy
from patients.tests.factories import make_patient
from privacy.purge import purge
from tests.audit.test_tokens_in_logs import console

__all__ = ["console"]
pytestmark = pytest.mark.django_db(transaction=True)
KEYS = ["zq9canary0zq9canary0zq9canary000", "zq9canary1zq9canary1zq9canary111"]


def over(key: str, user: User | None = None) -> Session:
    return Session.objects.create(
        session_key=key, session_data="sealed", expire_date=clock.now() - timedelta(days=1), user=user
    )


def one_is_in_use() -> None:
    """Another connection holds one of the rows that are purged."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT FROM accounts_session WHERE session_key = %s FOR UPDATE", [KEYS[0]])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        purge(now=clock.now())
    finally:
        other.close()
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")


def one_is_bad() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION bad_row() RETURNS trigger LANGUAGE plpgsql "
            "AS $$ BEGIN RAISE EXCEPTION 'session % is bad', OLD.session_key; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER bad_row BEFORE DELETE ON accounts_session FOR EACH ROW EXECUTE FUNCTION bad_row()"
        )
    try:
        purge(now=clock.now())
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION bad_row CASCADE")


def is_refused(**facts: object) -> Callable[[], None]:
    """The database says the row again in what it answers, and a trace says what it answered."""

    def write() -> None:
        row = Session(session_key=KEYS[0], session_data="two\nlines", expire_date=clock.now())
        for name, value in facts.items():
            setattr(row, name, value)
        with pytest.raises(IntegrityError, match=KEYS[0]) as caught, transaction.atomic():  # the control: it is there
            row.save(force_insert=True)
        logging.getLogger("django.request").error("Internal Server Error", exc_info=caught.value)
        logging.getLogger("hms").warning("It said: %s", caught.value)
        logging.getLogger("hms").warning("It said: %r", caught.value)

    return write


FAILS: dict[str, Callable[[], None]] = {
    "purged while in use": one_is_in_use,
    "purged, and bad": one_is_bad,
    "made twice": is_refused(),
    "without an end": is_refused(session_key=KEYS[0], expire_date=None),
}


@pytest.mark.parametrize("how", FAILS)
def test_no_line_says_the_key_of_a_session(how: str, console: io.StringIO) -> None:
    ada = make_patient().user
    for key in KEYS:
        over(key, ada)
    FAILS[how]()

    said = console.getvalue()
    assert "{" in said
    assert "zq9canary" not in said


@pytest.mark.parametrize("error", [Busy(), ValueError("bad")])
def test_what_is_left_is_named_by_numbers_only(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    row, number, reference = Session(session_key=KEYS[0]), 41, uuid.uuid4()
    for item in (row, KEYS[1], number, reference):
        leave(item, error, "The thing")

    assert "zq9canary" not in caplog.text
    assert "The thing 41 " in caplog.text
    assert f"The thing {reference} " in caplog.text
    assert len({record.getMessage() for record in caplog.records}) == 4  # each can still be told from the others


def test_signing_in_and_being_lost_says_no_key(console: io.StringIO) -> None:
    """What a whole visit writes, its refusals too."""
    logging.getLogger("hms").info("A visit begins.")
    ada, browser = make_patient(username="ada").user, Client(raise_request_exception=False)
    browser.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    key = browser.session.session_key
    assert key
    browser.get("/no/such/page/")
    browser.get("/staff/")
    User.objects.filter(pk=ada.pk).update(security_stamp=7)
    browser.get("/accounts/security/")

    assert console.getvalue()
    assert key not in console.getvalue()
