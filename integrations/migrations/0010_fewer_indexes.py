"""Keys of messages are looked up whole: an index of how they begin was written with each message, and never read."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

from core.migration_operations import drop_like_index


class Migration(migrations.Migration):
    atomic = False  # an index is dropped concurrently

    dependencies: ClassVar[list[tuple[str, str]]] = [("integrations", "0009_words")]

    operations: ClassVar[list[migrations.operations.base.Operation]] = [
        drop_like_index(
            table="integrations_outgoingmessage",
            column="dedupe_key",
            index="integrations_outgoingmessage_dedupe_key_3532ccd2_like",
        ),
    ]
