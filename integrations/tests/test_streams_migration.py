"""What waited when streams became each reader's own is split by reader, and each row knows its mailbox."""

from __future__ import annotations

import uuid
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from integrations.models import OutgoingMessage
from integrations.tests.factories import make_message

pytestmark = pytest.mark.django_db
migration = import_module("integrations.migrations.0006_streams_of_readers")


def test_rows_of_the_version_before_are_brought_over() -> None:
    uid = uuid.uuid4()
    old = {
        "patient": make_message(data={"to": {"email": "pat@example.org", "name": "Pat"}}),
        "doctor": make_message(data={"to": {"email": "doc@example.org", "name": "Doc"}}),
        "reminder": make_message(data={"to": {"email": "pat@example.org", "name": "Pat"}}),
    }
    keys = {
        "patient": f"BOOKING_CANCELLED:{uid}:patient:3",
        "doctor": f"BOOKING_CANCELLED:{uid}:doctor:3",
        "reminder": f"APPOINTMENT_REMINDER:{uid}:20260806T1330Z",
    }
    mailboxes = {name: message.mailbox for name, message in old.items()}
    for name, message in old.items():
        OutgoingMessage.objects.filter(pk=message.pk).update(stream=f"booking:{uid}", mailbox="", dedupe_key=keys[name])
    other = make_message(stream="account:7")

    with connection.schema_editor(atomic=False) as editor:
        for _ in range(2):  # safe to repeat
            migration.split_streams(apps, editor)
            migration.name_mailboxes(apps, editor)

    rows = {name: OutgoingMessage.objects.get(pk=message.pk) for name, message in old.items()}
    assert {name: row.stream for name, row in rows.items()} == {
        "patient": f"booking:{uid}:patient",
        "doctor": f"booking:{uid}:doctor",
        "reminder": f"booking:{uid}:patient",
    }
    assert {name: row.mailbox for name, row in rows.items()} == mailboxes
    other.refresh_from_db()
    assert other.stream == "account:7"
