"""A stream belongs to one reader, and order is kept for each of their mailboxes.

The table is big: no statement here holds a long lock, and each batch is a transaction of its own. Whatever was done
when it stops half-way can be done again.
"""

from typing import Any

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from core.crypto import Unreadable, unseal
from core.migration_operations import BuildIndexConcurrently
from integrations.outbox.services import mailbox_of

AT_ONCE = 5_000
OPEN = ("QUEUED", "SENDING")
# Who reads a mail about an appointment stood in its key alone: "BOOKING_CANCELLED:<uid>:doctor:3".
SPLIT = """
    UPDATE integrations_outgoingmessage
    SET stream = stream || CASE WHEN dedupe_key LIKE '%%:doctor:%%' THEN ':doctor' ELSE ':patient' END
    WHERE id >= %s AND id < %s AND stream LIKE 'booking:%%' AND stream NOT LIKE 'booking:%%:%%'
"""


def split_streams(apps: Any, schema_editor: Any) -> None:
    message = apps.get_model("integrations", "OutgoingMessage")
    bounds = message.objects.aggregate(first=models.Min("pk"), last=models.Max("pk"))
    if bounds["first"] is None:
        return
    with schema_editor.connection.cursor() as cursor:
        for start in range(bounds["first"], bounds["last"] + 1, AT_ONCE):
            cursor.execute(SPLIT, [start, start + AT_ONCE])


def name_mailboxes(apps: Any, schema_editor: Any) -> None:
    """Of what has not left yet: the order of all else is history."""
    message = apps.get_model("integrations", "OutgoingMessage")
    waiting = message.objects.filter(status__in=OPEN, channel="EMAIL", mailbox="").order_by("pk")
    for pk, content in waiting.values_list("pk", "content").iterator(chunk_size=500):
        try:
            mailbox = mailbox_of("EMAIL", dict(unseal(content)))
        except Unreadable:
            continue  # it waits for its key, and then goes in the order of its stream
        message.objects.filter(pk=pk).update(mailbox=mailbox)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("integrations", "0005_mailboxes"),
    ]

    operations = [
        migrations.RunPython(split_streams, migrations.RunPython.noop),
        migrations.RunPython(name_mailboxes, migrations.RunPython.noop),
        BuildIndexConcurrently(
            model_name="outgoingmessage",
            index=models.Index(
                condition=models.Q(("status__in", ("QUEUED", "SENDING"))),
                fields=["stream", "mailbox", "id"],
                name="message_order",
            ),
        ),
        BuildIndexConcurrently(
            model_name="outgoingmessage",
            index=models.Index(fields=["stream", "id"], name="message_overtaken"),
        ),
        RemoveIndexConcurrently(model_name="outgoingmessage", name="message_stream"),
    ]
