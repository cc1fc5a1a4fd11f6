"""Tokens at rest: sealed, bound to their owner, and moved to a new key (E1)."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database

from core.crypto import Unreadable
from integrations.google_calendar.fake import FakeGoogle
from integrations.models import GoogleConnection, OutgoingMessage, TokenOfSomebodyElse
from integrations.tests.factories import make_message
from integrations.tests.google import make_connection, make_user

pytestmark = pytest.mark.django_db
NEW = "bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldzE="


def everything_stored() -> str:
    """Each cell of each table, as a dump of the database would have it."""
    cells: list[str] = []
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            cells += [row for (row,) in cursor.fetchall()]
    return "\n".join(cells)


def test_the_token_is_nowhere_in_clear_and_readable_again(google: FakeGoogle) -> None:
    row = make_connection(google)
    (token,) = google.store.refresh_tokens
    stored = everything_stored()

    assert row.user.username in stored  # the dump is not empty
    assert token not in stored
    assert row.refresh_token == token
    assert token not in repr(row) + str(row)


def test_moved_to_another_persons_row_it_can_not_be_read(google: FakeGoogle) -> None:
    row = make_connection(google)
    thief = make_user()
    GoogleConnection.objects.filter(pk=row.pk).update(user=thief)

    with pytest.raises(TokenOfSomebodyElse):
        _ = GoogleConnection.objects.get(user=thief).refresh_token


def test_two_rows_that_changed_places_are_both_unreadable(google: FakeGoogle) -> None:
    one, other = make_connection(google), make_connection(google)
    GoogleConnection.objects.filter(pk=one.pk).update(sealed_token=other.sealed_token)
    GoogleConnection.objects.filter(pk=other.pk).update(sealed_token=one.sealed_token)

    for row in GoogleConnection.objects.all():
        with pytest.raises(TokenOfSomebodyElse):
            _ = row.refresh_token


def test_a_new_key_takes_over_what_the_old_one_sealed(google: FakeGoogle, settings: Any) -> None:
    row, message = make_connection(google), make_message(data={"to": {"name": "Pat"}})
    token, old = row.refresh_token, settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = [NEW, *old]

    call_command("reencrypt_fields", stdout=StringIO())
    settings.FIELD_ENCRYPTION_KEYS = [NEW]

    assert GoogleConnection.objects.get().refresh_token == token
    assert OutgoingMessage.objects.get(pk=message.pk).data == {"to": {"name": "Pat"}}
    settings.FIELD_ENCRYPTION_KEYS = old
    with pytest.raises(Unreadable):
        _ = GoogleConnection.objects.get().refresh_token


def test_what_no_key_opens_is_left_alone_and_said(google: FakeGoogle, settings: Any) -> None:
    row = make_connection(google)
    OutgoingMessage.objects.all().delete()  # that a calendar was connected is told, in a sealed message
    settings.FIELD_ENCRYPTION_KEYS = [NEW]

    with pytest.raises(CommandError, match="1 could not be opened"):
        call_command("reencrypt_fields", stdout=StringIO())

    assert GoogleConnection.objects.get().sealed_token == row.sealed_token
