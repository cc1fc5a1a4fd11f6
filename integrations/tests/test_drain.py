"""One drain of a channel at a time, and an end to it when the vendor hangs (docs/adr/0016)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.db import connections
from django.utils import timezone

from core import clock
from core.batches import ENDS_AFTER, counting_left, process_each
from core.crypto import Unreadable
from integrations import delivery
from integrations.choices import Channel
from integrations.errors import NoLongerNeeded, PermanentFailure, TemporaryFailure, TimedOut, VendorAway
from integrations.models import ChannelState, OutgoingMessage
from integrations.outbox import leases, wake
from integrations.tests.factories import make_message

pytestmark = pytest.mark.django_db(transaction=True)
MESSAGES, RIVALS = 40, 8


def answers_with(monkeypatch: pytest.MonkeyPatch, failure: Exception | None) -> list[int]:
    """The e-mail function's answer to whatever is handed over; the keys of what was."""
    tried: list[int] = []

    def deliver(message: OutgoingMessage) -> None:
        tried.append(message.pk)
        if failure is not None:
            raise failure

    monkeypatch.setitem(delivery.CHANNELS, Channel.EMAIL, deliver)  # type: ignore[arg-type]
    return tried


def drain(threads: int = 1) -> int:
    return delivery.drain_channel(Channel.EMAIL, seconds=20, per_second=10_000, threads=threads)


def state() -> ChannelState:
    return ChannelState.objects.get(channel=Channel.EMAIL)


@pytest.mark.parametrize("threads", [1, 4])
def test_all_that_is_due_is_handed_over_once(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    tried = answers_with(monkeypatch, None)
    keys = [make_message().pk for _ in range(MESSAGES)]

    assert drain(threads) == MESSAGES

    assert sorted(tried) == keys
    assert (state().holder, state().failing_since, state().paused_until) == (None, None, None)


def test_while_somebody_is_at_it_others_go_away_until_the_lease_has_run_out(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    tried = answers_with(monkeypatch, None)
    make_message()
    assert leases.take(Channel.EMAIL, now=clock.now())
    assert drain() == 0
    assert leases.take(Channel.GOOGLE, now=clock.now()), "the other channel is nobody's"

    ChannelState.objects.update(lease_until=clock.now() - timedelta(seconds=1))  # its holder was killed
    assert drain() == 1
    assert len(tried) == 1


def rivals(take: Callable[[], object]) -> int:
    """How many of those who try at the same moment become the one."""
    ready = threading.Barrier(RIVALS)

    def tries() -> bool:
        try:
            ready.wait()
            return bool(take())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(RIVALS) as pool:
        return sum(future.result() for future in [pool.submit(tries) for _ in range(RIVALS)])


def test_of_many_at_once_one_becomes_the_holder() -> None:
    for _ in range(5):
        ChannelState.objects.all().delete()
        assert rivals(lambda: leases.take(Channel.EMAIL, now=clock.now())) == 1


def test_who_looks_first_and_writes_then_would_not_be_alone() -> None:
    """The control: the same without the condition in the UPDATE."""
    ChannelState.objects.create(channel=Channel.EMAIL)
    looked = threading.Barrier(RIVALS)

    def naive() -> bool:
        is_free = ChannelState.objects.get(channel=Channel.EMAIL).holder is None
        looked.wait()
        return is_free

    assert rivals(naive) > 1


@pytest.mark.parametrize("threads", [1, 4])
def test_a_vendor_that_hangs_ends_the_drain_and_is_left_in_peace_for_a_while(
    monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    tried = answers_with(monkeypatch, TimedOut("no answer"))
    for _ in range(MESSAGES):
        make_message()

    drain(threads)
    assert delivery.TIME_OUTS_IN_A_ROW <= len(tried) < delivery.TIME_OUTS_IN_A_ROW + threads
    assert state().failing_since is not None
    assert drain(threads) == 0

    since, later = state().failing_since, timezone.now() + leases.PAUSE
    monkeypatch.setattr(delivery, "clock_now", lambda: later)
    drain(threads)
    assert state().failing_since == since
    answers_with(monkeypatch, None)
    monkeypatch.setattr(delivery, "clock_now", lambda: later + leases.PAUSE)
    assert drain(threads) > 0
    assert (state().failing_since, state().paused_until) == (None, None)


@pytest.mark.parametrize("failure", [VendorAway("refused"), TemporaryFailure("mailbox full")])
def test_only_time_outs_end_it(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    tried = answers_with(monkeypatch, failure)
    for _ in range(MESSAGES):
        make_message()
    drain()
    assert len(set(tried)) == MESSAGES
    assert state().paused_until is None
    assert (state().failing_since is not None) == isinstance(failure, VendorAway)


@pytest.mark.parametrize(
    "failure",
    [NoLongerNeeded("erased"), Unreadable("no key"), ZeroDivisionError("our fault")],
    ids=lambda failure: type(failure).__name__,
)
def test_what_its_vendor_never_heard_of_is_no_answer_of_theirs(
    monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """A vendor that hangs is found out, and stays known to be away, whatever of our own goes wrong in between."""
    vendors = delivery.Vendors()
    for _ in range(delivery.TIME_OUTS_IN_A_ROW):
        vendors.note(TimedOut("hangs"))
        vendors.note(failure)
    assert vendors.hang
    assert vendors.answered is False

    asked_nobody = delivery.Vendors()
    asked_nobody.note(failure)
    assert asked_nobody.answered is None


@pytest.mark.parametrize("answer", [None, PermanentFailure("no such mailbox"), TemporaryFailure("mailbox full")])
def test_whatever_a_vendor_says_is_an_answer(answer: Exception | None) -> None:
    vendors = delivery.Vendors()
    vendors.note(TimedOut("hangs"))
    vendors.note(answer)
    assert (vendors.time_outs_in_a_row, vendors.answered) == (0, True)


def test_what_was_written_while_the_last_one_gave_the_channel_back_is_not_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever was woken for it has found the channel taken, and gone away."""
    tried, give_back = answers_with(monkeypatch, None), leases.give_back

    def slow(channel: Channel, *given: Any, **how: Any) -> None:
        if len(tried) == 1:
            make_message()
        give_back(channel, *given, **how)

    monkeypatch.setattr(leases, "give_back", slow)
    make_message()
    assert drain() == 2


def test_every_wake_up_expires_and_goes_to_the_queue_of_its_vendor(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    sent: list[tuple[str, Any]] = []
    settings.OUTBOX_WAKES_WORKERS = True
    monkeypatch.setattr(wake, "waker", wake.Waker())
    monkeypatch.setattr(current_app, "send_task", lambda task, **how: sent.append((task, how.get("expires"))))
    for task in [*wake.DELIVER.values(), "doctors.tasks.look_at_busy_times_of"]:
        wake.wake_workers(task)
    wake.waker.join()

    assert [task for task, _ in sent] == [*wake.DELIVER.values(), "doctors.tasks.look_at_busy_times_of"]
    assert {expires for _, expires in sent} == {wake.EXPIRES_SECONDS}
    queues = {task: settings.CELERY_TASK_ROUTES[task]["queue"] for task, _ in sent}
    assert list(queues.values()) == ["mail", "calendars", "calendars"]


def test_a_run_through_many_ends_when_somebody_outside_hangs() -> None:
    def hangs(number: int) -> int:
        if number >= 3:
            raise TimedOut("no answer")
        return 1

    with counting_left() as left:
        assert process_each(range(100), hangs, what="Calendar", ends_on=TimedOut) == 3
    assert left.count == ENDS_AFTER
