"""The outbox keeps its word (D3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core.crypto import Unreadable
from integrations.choices import MessageStatus
from integrations.models import OutgoingMessage
from integrations.outbox import rules, services
from integrations.tests.factories import make_message

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def draft(key: str = "one") -> services.Draft:
    return services.Draft(action="SIGNUP_WELCOME", data={"name": "王芳"}, dedupe_key=key, stream="person:1")


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_can_be_enqueued() -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"):
        services.enqueue([draft()], now=NOW)
    assert OutgoingMessage.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_change_leaves_no_message() -> None:
    with transaction.atomic():
        services.enqueue([draft()], now=NOW)
        assert OutgoingMessage.objects.count() == 1
        transaction.set_rollback(True)
    assert OutgoingMessage.objects.count() == 0


def test_the_same_event_is_told_once() -> None:
    services.enqueue([draft(), draft()], now=NOW)
    services.enqueue([draft()], now=NOW)
    assert OutgoingMessage.objects.count() == 1


def test_content_is_encrypted_at_rest_and_readable_again() -> None:
    message = make_message(data={"to": {"email": "secret@example.org"}})
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM integrations_outgoingmessage")
        (stored,) = cursor.fetchone()
    assert "secret" not in stored
    assert message.data == {"to": {"email": "secret@example.org"}}


def test_content_opens_with_an_older_key_and_not_without_it(settings: Any) -> None:
    message = make_message()
    old = settings.FIELD_ENCRYPTION_KEYS
    new = "bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldzE="
    settings.FIELD_ENCRYPTION_KEYS = [new, *old]
    assert message.data["to"]["name"] == "Pat"
    settings.FIELD_ENCRYPTION_KEYS = [new]
    with pytest.raises(Unreadable):
        _ = message.data


def test_messages_of_a_stream_leave_in_order_and_other_streams_are_not_held_up() -> None:
    first, second = make_message(stream="booking:1", now=NOW), make_message(stream="booking:1", now=NOW)
    other = make_message(stream="booking:2", now=NOW)
    claimed = [services.claim(now=NOW), services.claim(now=NOW), services.claim(now=NOW)]
    assert [message and message.pk for message in claimed] == [first.pk, other.pk, None]
    assert claimed[0] is not None
    services.mark_sent(claimed[0], now=NOW)
    following = services.claim(now=NOW)
    assert following is not None
    assert following.pk == second.pk


def test_a_failed_message_does_not_hold_up_the_next_of_its_stream() -> None:
    make_message(stream="booking:1", now=NOW)
    second = make_message(stream="booking:1", now=NOW)
    broken = services.claim(now=NOW)
    assert broken is not None
    services.mark_failed(broken, reason="refused", now=NOW)
    following = services.claim(now=NOW)
    assert following is not None
    assert following.pk == second.pk


def test_a_message_whose_sender_died_is_taken_over_after_its_lease_under_the_same_id(settings: Any) -> None:
    message = make_message(now=NOW)
    lease = timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
    dead = services.claim(now=NOW)
    assert services.claim(now=NOW + lease / 2) is None
    heir = services.claim(now=NOW + lease)
    assert heir is not None
    assert dead is not None
    assert heir.message_id == message.message_id

    services.mark_sent(heir, now=NOW)
    services.mark_for_retry(dead, reason="late answer of the dead one", now=NOW)
    message.refresh_from_db()
    assert message.status == MessageStatus.SENT


def test_an_expired_message_is_dropped_and_the_next_one_goes() -> None:
    late = make_message(now=NOW, expires_in=timedelta(minutes=1))
    good = make_message(now=NOW)
    claimed = services.claim(now=NOW + timedelta(minutes=1))
    assert claimed is not None
    assert claimed.pk == good.pk
    late.refresh_from_db()
    assert late.status == MessageStatus.DROPPED


def test_after_three_days_of_trying_staff_are_shown_a_failure() -> None:
    message = make_message(now=NOW)
    later = NOW + rules.GIVE_UP_AFTER
    claimed = services.claim(now=later)
    assert claimed is not None
    services.mark_for_retry(claimed, reason="still away", now=later)
    message.refresh_from_db()
    assert message.status == MessageStatus.FAILED
    assert message.last_error == "gave up: still away"


def test_only_a_failed_message_can_be_sent_again_and_keeps_its_id() -> None:
    message = make_message(now=NOW)
    with pytest.raises(services.NotResendable):
        services.resend(message=message, now=NOW)
    claimed = services.claim(now=NOW)
    assert claimed is not None
    services.mark_failed(claimed, reason="refused", now=NOW)
    services.resend(message=message, now=NOW)
    again = services.claim(now=NOW)
    assert again is not None
    assert again.message_id == message.message_id


def test_withdrawing_drops_what_waits_and_leaves_what_was_sent() -> None:
    sent = make_message(stream="booking:1", action="APPOINTMENT_REMINDER", now=NOW)
    claimed = services.claim(now=NOW)
    assert claimed is not None
    services.mark_sent(claimed, now=NOW)
    waiting = make_message(stream="booking:1", action="APPOINTMENT_REMINDER", now=NOW)
    kept = make_message(stream="booking:1", action="BOOKING_CANCELLED", now=NOW)
    assert services.withdraw(stream="booking:1", action="APPOINTMENT_REMINDER", now=NOW) == 1
    for message, status in ((sent, "SENT"), (waiting, "DROPPED"), (kept, "QUEUED")):
        message.refresh_from_db()
        assert message.status == status


def test_the_database_refuses_a_lease_without_sending() -> None:
    message = make_message(now=NOW)
    with pytest.raises(IntegrityError, match="message_lease_while_sending"), transaction.atomic():
        OutgoingMessage.objects.filter(pk=message.pk).update(lease_until=NOW)


def test_pauses_grow_stay_bounded_and_honour_a_longer_wait() -> None:
    pauses = [rules.pause(attempts=n, chance=0.999) for n in range(1, 40)]
    assert pauses == sorted(pauses)
    assert pauses[0] <= rules.FIRST_PAUSE
    assert max(pauses) <= rules.LONGEST_PAUSE
    assert rules.pause(attempts=30, chance=0) == rules.LONGEST_PAUSE / 2
    assert rules.pause(attempts=1, chance=0, retry_after=timedelta(minutes=7)) == timedelta(minutes=7)
    assert rules.pause(attempts=1, chance=0, retry_after=timedelta(days=9)) == timedelta(hours=1)
