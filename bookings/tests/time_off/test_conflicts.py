"""What an appointment collides with is kept as a code, and said where it is shown (B6)."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from audit.models import Entry
from bookings.choices import Conflict
from bookings.models import Booking
from bookings.tests.factories import make_booking

pytestmark = pytest.mark.django_db
migration = import_module("bookings.migrations.0016_conflicts_by_code")
# As versions before it wrote them, whatever pages say today.
OLD = "Falls into the doctor's time off", "The hospital is closed at this time", "Something of long ago"


def test_sentences_of_before_become_codes_and_any_other_text_is_still_read() -> None:
    kept = [make_booking() for _ in range(4)]
    for booking, sentence in zip(kept, (*OLD, ""), strict=True):
        Booking.objects.filter(pk=booking.pk).update(conflict=sentence)

    with connection.schema_editor(atomic=False) as editor:
        for _ in range(2):  # safe to repeat
            migration.to_codes(apps, editor)

    fresh = [Booking.objects.get(pk=booking.pk) for booking in kept]
    assert [booking.conflict for booking in fresh] == [Conflict.TIME_OFF, Conflict.CLOSURE, OLD[2], ""]
    words = [str(Conflict.TIME_OFF.label), str(Conflict.CLOSURE.label), OLD[2], ""]
    assert [booking.conflict_words for booking in fresh] == words
    assert set(migration.CODES.values()) == set(Conflict.values)


def test_the_trail_says_why_it_changed() -> None:
    booking = make_booking()
    Booking.objects.filter(pk=booking.pk).update(conflict=OLD[0])

    with connection.schema_editor(atomic=False) as editor:
        migration.to_codes(apps, editor)

    entry = Entry.objects.filter(model="bookings.booking", object_id=str(booking.pk), pgh_label="update").latest("pk")
    assert (entry.changed, entry.reason) == (["attention"], migration.WHY)


def test_the_trail_calls_it_as_it_always_did() -> None:
    booking = make_booking()
    Booking.objects.filter(pk=booking.pk).update(conflict=Conflict.CLOSURE)

    entry = Entry.objects.filter(model="bookings.booking", object_id=str(booking.pk), pgh_label="update").latest("pk")
    assert entry.changed == ["attention"]
