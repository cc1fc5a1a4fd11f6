"""What nobody needs any more goes every night, and nothing else (docs/people.md)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client

from accounts.models import Session
from audit.choices import Kind
from audit.models import Entry
from core import clock
from integrations.choices import MessageStatus
from integrations.models import JobRun, OutgoingMessage
from integrations.tests.factories import make_message
from patients.tests.factories import make_patient
from privacy.purge import purge
from privacy.tasks import purge_what_is_past

pytestmark = pytest.mark.django_db(transaction=True)
CHALLENGE = "/accounts/2fa/webauthn/login/"
AJAX = {"X-Requested-With": "XMLHttpRequest"}


def test_sessions_whose_time_is_over_go_and_others_stay() -> None:
    for _ in range(3):
        Client().force_login(make_patient().user)
    first, *_ = Session.objects.order_by("pk")
    now = clock.now()
    Session.objects.filter(pk=first.pk).update(expire_date=now - timedelta(seconds=1))

    assert purge(now=now).sessions == 1
    assert not Session.objects.filter(pk=first.pk).exists()
    assert Session.objects.count() == 2


def rows_of_cache() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cache_of_purge_test")
        return int(cursor.fetchone()[0])


def test_rows_of_the_cache_that_are_over_go_and_others_stay(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "core.cache.DatabaseCache", "LOCATION": "cache_of_purge_test"}}
    call_command("createcachetable")
    try:
        _purge_a_table()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE cache_of_purge_test")


def _purge_a_table() -> None:
    for name in ("over", "stays"):
        cache.set(name, 2, 60 * 60)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cache_of_purge_test SET expires = now() - interval '1 minute' WHERE cache_key LIKE '%over'"
        )

    assert purge(now=clock.now()).cached == 1
    assert (rows_of_cache(), cache.get("stays")) == (1, 2)


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
    assert [(one.pgh_label, one.details["rows"]) for one in told] == [(Kind.PERSONAL_DATA_ERASED, 1)]


def test_challenges_for_nobody_are_limited_by_address_and_kept_a_day() -> None:
    answers = [Client(REMOTE_ADDR="203.0.113.9").get(CHALLENGE, headers=AJAX).status_code for _ in range(45)]

    assert set(answers) == {200, 429}
    assert Session.objects.count() == answers.count(200) <= 30
    assert Client(REMOTE_ADDR="203.0.113.10").get(CHALLENGE, headers=AJAX).status_code == 200
    assert not Session.objects.filter(expire_date__gt=clock.now() + timedelta(days=1)).exists()
    purge(now=clock.now() + timedelta(days=1, minutes=1))
    assert not Session.objects.exists()
