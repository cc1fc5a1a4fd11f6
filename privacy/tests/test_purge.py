"""What nobody needs any more goes every night, and nothing else (docs/people.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client

from accounts.models import Session, User
from accounts.tests.browser import LIMITS
from accounts.tests.factories import StaffFactory
from audit.choices import Kind
from audit.models import Entry
from core import clock
from doctors.tests.factories import make_doctor
from integrations.choices import MessageStatus
from integrations.models import JobRun, OutgoingMessage
from integrations.tests.factories import make_message
from patients.tests.factories import make_patient
from privacy.purge import AGES, purge
from privacy.tasks import purge_what_is_past

pytestmark = pytest.mark.django_db(transaction=True)
CHALLENGE = "/accounts/2fa/webauthn/login/"
AJAX = {"X-Requested-With": "XMLHttpRequest"}


@pytest.fixture
def cache_table(settings: Any) -> Iterator[None]:
    settings.CACHES = {"default": {"BACKEND": "core.cache.DatabaseCache", "LOCATION": "cache_of_purge_test"}}
    call_command("createcachetable")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE cache_of_purge_test")


@pytest.fixture
def limits(settings: Any) -> None:
    settings.SESSION_LIMITS = LIMITS  # those of a site; in tests sessions last


# A row of each kind, so long after what its age counts from; answers whether it, or what it said, is still there.


def session_of(make: Callable[[], User]) -> Callable[[timedelta], Callable[[], bool]]:
    def row(age: timedelta) -> Callable[[], bool]:
        """Signed in then, and used until now: each change puts the end of the row itself off."""
        client = Client()
        client.force_login(make())
        key = client.session.session_key
        Session.objects.filter(pk=key).update(created_at=clock.now() - age)
        return lambda: Session.objects.filter(pk=key).exists()

    return row


def session_of_nobody(age: timedelta) -> Callable[[], bool]:
    client = Client()
    session = client.session
    session["anything"] = "kept"
    session.save()
    row = Session.objects.filter(pk=session.session_key)
    assert row.update(expire_date=row.get().expire_date - age) == 1
    return row.exists


def cached(age: timedelta) -> Callable[[], bool]:
    name = f"row{age.total_seconds()}"
    cache.set(name, 2, 60 * 60)
    with connection.cursor() as cursor:
        end = clock.now() - age
        cursor.execute("UPDATE cache_of_purge_test SET expires = %s WHERE cache_key LIKE %s", [end, f"%{name}"])
        assert cursor.rowcount == 1

    def is_there() -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM cache_of_purge_test WHERE cache_key LIKE %s", [f"%{name}"])
            return bool(cursor.fetchone()[0])

    return is_there


def message(age: timedelta) -> Callable[[], bool]:
    row = make_message(data={"to": {"email": "zqcontact@example.org", "name": "Pat"}})
    kept = OutgoingMessage.objects.filter(pk=row.pk)
    kept.update(status=MessageStatus.SENT, settled_at=clock.now() - age)
    return lambda: "zqcontact" in str(kept.get().data)


ROWS: dict[str, Callable[[timedelta], Callable[[], bool]]] = {
    "sessions of staff": session_of(StaffFactory),
    "sessions of doctors": session_of(lambda: make_doctor().user),
    "sessions of patients": session_of(lambda: make_patient().user),
    "sessions nobody is signed in to": session_of_nobody,
    "cached counts and forms": cached,
    "what messages said and to whom": message,
}
MARGIN = timedelta(minutes=1)


@pytest.mark.parametrize("what", AGES)
@pytest.mark.usefixtures("cache_table", "limits")
def test_what_is_just_older_goes_and_what_is_just_younger_stays(what: str) -> None:
    age = AGES[what].of()
    older, younger = ROWS[what](age + MARGIN), ROWS[what](age - MARGIN)
    assert (older(), younger()) == (True, True)
    purge_what_is_past()
    assert (older(), younger()) == (False, True)


def test_the_docs_state_each_age_and_no_other() -> None:
    text = (settings.BASE_DIR / "docs" / "people.md").read_text()
    _, _, table = text.partition("| what | kept for | after |\n|---|---|---|\n")
    rows = [line.strip("| ").split(" | ") for line in table.partition("\n\n")[0].splitlines()]
    assert {what: (words, since) for what, words, since in rows} == {
        what: (age.words, age.since) for what, age in AGES.items()
    }
    assert len(rows) == len(AGES) == len(ROWS)


IN_WORDS = re.compile(r"`(?P<setting>[A-Z_]+)` \((?P<number>\d+) (?P<unit>hours|days)\)")


@pytest.mark.usefixtures("limits")
def test_the_figures_in_the_words_are_those_of_the_settings() -> None:
    """As they stand in `.env.example`, which another test compares with the settings."""
    example = (settings.BASE_DIR / ".env.example").read_text()
    stated = {what: found for what, age in AGES.items() if (found := IN_WORDS.fullmatch(age.words))}
    assert len(stated) == 4
    for what, found in stated.items():
        assert AGES[what].of() == timedelta(**{found["unit"]: int(found["number"])})
        by_hours = found["setting"].startswith("SESSION_HOURS") and found["unit"] == "days"
        assert f"#{found['setting']}={int(found['number']) * (24 if by_hours else 1)}\n" in example


def test_a_cache_that_fails_holds_up_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is said to have been left, by the job's last run."""
    Client().force_login(make_patient().user)
    Session.objects.update(expire_date=clock.now() - timedelta(seconds=1))
    old = settled(settings.MESSAGE_RETENTION_DAYS + 1)

    def fails() -> int:
        raise ValueError("out of order")

    monkeypatch.setattr("privacy.purge.cache.drop_expired", fails)
    monkeypatch.setattr(purge_what_is_past, "_recorded_at", float("-inf"))
    purge_what_is_past()

    assert not Session.objects.exists()
    assert OutgoingMessage.objects.get(pk=old.pk).content_erased_at
    run = JobRun.objects.get(task=purge_what_is_past.name)
    assert (run.error, run.items_left) == ("", 1)


def settled(days: int, status: str = MessageStatus.SENT) -> OutgoingMessage:
    message = make_message(data={"to": {"email": "zqcontact@example.org", "name": "Pat"}})
    at = clock.now() - timedelta(days=days)
    OutgoingMessage.objects.filter(pk=message.pk).update(status=status, settled_at=at, last_error="zqcontact")
    return message


@pytest.mark.parametrize("status", [MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.DROPPED])
def test_what_old_messages_said_goes_and_that_they_were_sent_stays(status: str) -> None:
    kept_for = settings.MESSAGE_RETENTION_DAYS
    old, young, waiting = settled(kept_for + 1, status), settled(kept_for - 1, status), make_message()
    content = {row.pk: row.content for row in (young, waiting)}
    before = Entry.objects.latest("pk").pk if Entry.objects.exists() else 0

    assert [purge_what_is_past() and 1, purge(now=clock.now()).messages] == [1, 0]

    old.refresh_from_db()
    assert "zqcontact" not in str(old.data) + old.last_error
    assert (old.status, old.mailbox) == (status, "")
    assert {row.pk: row.content for row in OutgoingMessage.objects.exclude(pk=old.pk)} == content
    told = Entry.objects.filter(pk__gt=before)
    assert [(item.pgh_label, item.details["rows"]) for item in told] == [(Kind.PERSONAL_DATA_ERASED, 1)]


def test_challenges_for_nobody_are_limited_by_address_and_kept_a_day() -> None:
    answers = [Client(REMOTE_ADDR="203.0.113.9").get(CHALLENGE, headers=AJAX).status_code for _ in range(45)]

    assert set(answers) == {200, 429}
    assert Session.objects.count() == answers.count(200) <= 30
    assert Client(REMOTE_ADDR="203.0.113.10").get(CHALLENGE, headers=AJAX).status_code == 200
    assert not Session.objects.filter(expire_date__gt=clock.now() + timedelta(days=1)).exists()
    purge(now=clock.now() + timedelta(days=1, minutes=1))
    assert not Session.objects.exists()
