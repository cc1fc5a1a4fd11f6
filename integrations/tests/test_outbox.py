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


# To whom order is owed


def to(email: str) -> dict[str, Any]:
    return {"to": {"email": email, "name": "Pat"}}


def test_a_mailbox_that_takes_nothing_holds_up_no_other_of_the_same_stream() -> None:
    full = make_message(stream="account-mail:1", data=to("wrong@example.org"), now=NOW)
    behind = make_message(stream="account-mail:1", data=to("Wrong@example.org"), now=NOW)
    right = make_message(stream="account-mail:1", data=to("right@example.org"), now=NOW)
    first = services.claim(now=NOW)
    assert first is not None
    services.mark_for_retry(first, reason="full", now=NOW)

    second = services.claim(now=NOW)

    assert (first.pk, second and second.pk) == (full.pk, right.pk)
    assert services.claim(now=NOW) is None, behind


def test_no_address_can_be_read_from_what_tells_mailboxes_apart() -> None:
    message = make_message(data=to("secret@example.org"))
    assert len(message.mailbox) == 32
    assert "secret" not in message.mailbox


# What has been overtaken is not sent


def failed(**facts: Any) -> OutgoingMessage:
    message = make_message(now=NOW, **facts)
    claimed = services.claim(now=NOW)
    assert claimed is not None
    assert claimed.pk == message.pk
    services.mark_failed(claimed, reason="refused", now=NOW)
    return message


@pytest.mark.parametrize("later", ["waits", "sent", "failed"])
@pytest.mark.parametrize("email", ["pat@example.org", "new@example.org"])
def test_what_a_later_message_has_overtaken_is_dropped_instead_of_sent_again(later: str, email: str) -> None:
    booked = failed(stream="booking:1:patient", action="BOOKING_PENDING")
    cancelled = make_message(stream="booking:1:patient", action="BOOKING_CANCELLED", data=to(email), now=NOW)
    if later != "waits":
        claimed = services.claim(now=NOW)
        assert claimed is not None
        {"sent": services.mark_sent, "failed": lambda one, now: services.mark_failed(one, reason="", now=now)}[later](
            claimed, now=NOW
        )

    with pytest.raises(services.Overtaken):
        services.resend(message=booked, now=NOW)

    booked.refresh_from_db()
    assert (booked.status, booked.last_error) == (MessageStatus.DROPPED, services.OVERTAKEN)
    if later == "failed":  # the last word itself may be said again
        services.resend(message=cancelled, now=NOW)


def test_what_was_never_said_overtakes_nothing() -> None:
    booked = failed(stream="booking:1:patient", action="BOOKING_PENDING")
    make_message(stream="booking:1:patient", action="BOOKING_CANCELLED", data=to("pat@example.org"), now=NOW)
    claimed = services.claim(now=NOW)
    assert claimed is not None
    services.mark_dropped(claimed, reason="the mailbox is gone", now=NOW)

    services.resend(message=booked, now=NOW)

    booked.refresh_from_db()
    assert booked.status == MessageStatus.QUEUED


def test_what_came_too_late_is_dropped_instead_of_sent_again() -> None:
    reminder = failed(stream="booking:1:patient", action="APPOINTMENT_REMINDER", expires_in=timedelta(hours=1))
    with pytest.raises(services.TooLate):
        services.resend(message=reminder, now=NOW + timedelta(hours=1))
    reminder.refresh_from_db()
    assert reminder.status == MessageStatus.DROPPED


def test_a_retry_never_leaves_after_its_successor() -> None:
    """The successor went to another mailbox, so it did not have to wait."""
    booked = make_message(stream="booking:1:patient", action="BOOKING_PENDING", data=to("old@example.org"), now=NOW)
    make_message(stream="booking:1:patient", action="BOOKING_CANCELLED", data=to("new@example.org"), now=NOW)
    first, second = services.claim(now=NOW), services.claim(now=NOW)
    assert first is not None
    assert second is not None
    services.mark_for_retry(first, reason="full", now=NOW)
    services.mark_sent(second, now=NOW)

    assert services.claim(now=NOW + timedelta(hours=1)) is None
    booked.refresh_from_db()
    assert (booked.status, booked.last_error) == (MessageStatus.DROPPED, services.OVERTAKEN)


@pytest.mark.parametrize("status", ["QUEUED", "SENDING", "FAILED"])
def test_what_is_withdrawn_is_not_sent_any_more_however_it_stands(status: str) -> None:
    reminder = make_message(stream="booking:1:patient", action="APPOINTMENT_REMINDER", now=NOW)
    claimed = services.claim(now=NOW) if status != "QUEUED" else None
    if status == "FAILED":
        services.mark_failed(claimed or reminder, reason="refused", now=NOW)

    services.withdraw(stream="booking:1:patient", action="APPOINTMENT_REMINDER", now=NOW)
    if status == "SENDING":
        services.mark_for_retry(claimed or reminder, reason="full", now=NOW)

    assert services.claim(now=NOW + timedelta(hours=1)) is None
    reminder.refresh_from_db()
    assert reminder.status == MessageStatus.DROPPED
    with pytest.raises(services.NotResendable):
        services.resend(message=reminder, now=NOW)


@pytest.mark.parametrize(
    ("later", "earlier", "expected"),
    [
        ("BOOKING_CANCELLED", "BOOKING_CONFIRMATION", True),
        ("EVENT_DELETE", "EVENT_UPSERT", True),
        ("ACCOUNT_CLOSED", "SIGNUP_WELCOME", True),
        ("PASSWORD_RESET", "PASSWORD_RESET", True),
        ("PASSWORD_RESET", "EMAIL_VERIFICATION", False),
        ("ACCOUNT_NOTICE", "ACCOUNT_NOTICE", False),  # each tells of another change
        ("PASSWORD_RESET", "ACCOUNT_NOTICE", False),
    ],
)
def test_which_message_overtakes_which(later: str, earlier: str, expected: bool) -> None:
    assert rules.overtakes(later, earlier) is expected
