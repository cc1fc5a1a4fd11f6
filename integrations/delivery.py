"""Delivering what is due, outside any transaction."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock, Thread
from uuid import UUID

from django.conf import settings
from django.db import connections

from audit.context import current_context, job
from core.batches import leave
from core.clock import now as clock_now
from core.crypto import Unreadable
from integrations.choices import Channel
from integrations.email_gateway.client import deliver_email
from integrations.errors import (
    NoLongerNeeded,
    NotMade,
    PermanentFailure,
    TemporaryFailure,
    TimedOut,
    Undeliverable,
    VendorAway,
)
from integrations.google_calendar.deliver import deliver_google
from integrations.models import OutgoingMessage
from integrations.outbox import leases, services

logger = logging.getLogger(__name__)

Deliver = Callable[[OutgoingMessage], None]
CHANNELS: Mapping[str, Deliver] = {Channel.EMAIL: deliver_email, Channel.GOOGLE: deliver_google}
# So many time-outs one after the other, and a vendor is taken to hang.
TIME_OUTS_IN_A_ROW = 5


@dataclass
class Vendors:
    """What the vendors of one drain have answered; shared by its threads."""

    answers: int = 0
    failures: int = 0
    time_outs_in_a_row: int = 0
    left: set[int] = field(default_factory=set)  # messages whose rows can't be written
    _lock: Lock = field(default_factory=Lock)

    def note(self, failure: Exception | None) -> None:
        """What came of one message. What the vendor was never asked, or we could not even read, says nothing of it."""
        if failure is not None and not isinstance(failure, TemporaryFailure | PermanentFailure):
            return
        with self._lock:
            self.time_outs_in_a_row = self.time_outs_in_a_row + 1 if isinstance(failure, TimedOut) else 0
            if isinstance(failure, VendorAway):
                self.failures += 1
            else:
                self.answers += 1

    def leave(self, error: services.Unwritable) -> None:
        """Once for each message, whichever thread comes upon it first. Raises it when the database has gone."""
        with self._lock:
            is_new = error.pk not in self.left
            self.left.add(error.pk)
        if is_new:
            leave(error.pk, error, "The message")

    @property
    def hang(self) -> bool:
        return self.time_outs_in_a_row >= TIME_OUTS_IN_A_ROW

    @property
    def answered(self) -> bool | None:
        """None when nobody was asked."""
        return bool(self.answers) if self.answers or self.failures else None


def drain_channel(channel: Channel, *, seconds: float, per_second: float, threads: int = 1) -> int:
    """Deliver a channel's due messages, unless somebody else is at it or its vendor hangs; says how many were tried.

    Others that are woken meanwhile go away at once. What they were woken for is not missed: after giving the channel
    back there is one more look.
    """
    tried, until, left = 0, time.monotonic() + seconds, set[int]()
    while time.monotonic() < until and services.due_now(channel, now=clock_now(), most=1):
        holder = leases.take(channel, now=clock_now())
        if holder is None:
            break
        vendors, just_tried = Vendors(left=left), 0
        try:
            just_tried = _drain_together(channel, holder, vendors, until=until, per_second=per_second, threads=threads)
        finally:
            leases.give_back(channel, holder, answered=vendors.answered, pause=vendors.hang, now=clock_now())
        tried += just_tried
        if vendors.hang:
            logger.warning("%s does not answer: nothing is handed over for %s.", channel.label, leases.PAUSE)
        if vendors.hang or not just_tried:
            break
    return tried


def _drain_together(
    channel: Channel, holder: UUID, vendors: Vendors, *, until: float, per_second: float, threads: int
) -> int:
    """With helpers when there is more than one message to hand over."""
    helpers = min(threads, services.due_now(channel, now=clock_now(), most=threads)) - 1
    tried: list[int] = []
    place = str(current_context().get("place", ""))

    def work() -> None:
        tried.append(
            drain(
                seconds=until - time.monotonic(),
                per_second=per_second,
                channels={channel: CHANNELS[channel]},
                vendors=vendors,
                go_on=lambda: leases.keep(channel, holder, now=clock_now()),
            )
        )

    def help_out() -> None:
        try:
            with job(place):
                work()
        finally:
            connections.close_all()

    started = [Thread(target=copy_context().run, args=(help_out,), daemon=True) for _ in range(max(0, helpers))]
    for thread in started:
        thread.start()
    try:
        work()
    finally:
        for thread in started:
            thread.join()
    return sum(tried)


def drain(
    *,
    seconds: float,
    per_second: float,
    clock: Callable[[], datetime] = clock_now,
    channels: Mapping[str, Deliver] | None = None,
    vendors: Vendors | None = None,
    go_on: Callable[[], bool] = lambda: True,
) -> int:
    """Deliver due messages one after another until none is left or `seconds` are over; says how many were tried.

    Ends early when a vendor hangs. `per_second` bounds the rate of this one caller, so that the end of an outage is
    not the start of the next. `go_on` is asked now and then.
    """
    channels, vendors = CHANNELS if channels is None else channels, vendors or Vendors()
    tried, started = 0, time.monotonic()
    asked = started
    while time.monotonic() - started < seconds and not vendors.hang:
        if time.monotonic() - asked > settings.OUTBOX_LEASE_SECONDS / 3:
            asked = time.monotonic()
            if not go_on():
                break
        begun = time.monotonic()
        try:
            message = services.claim(now=clock(), channels=channels.keys(), but_not=vendors.left)
            if message is None:
                break
            tried += 1
            vendors.note(deliver_one(message, clock=clock, channels=channels))
        except services.Unwritable as error:
            vendors.leave(error)
        time.sleep(max(0.0, 1 / per_second - (time.monotonic() - begun)))
    return tried


def deliver_one(
    message: OutgoingMessage, *, clock: Callable[[], datetime] = clock_now, channels: Mapping[str, Deliver] = CHANNELS
) -> Exception | None:
    """Hand over a claimed message and write down what became of it; answers what went wrong."""
    try:
        channels[message.channel](message)
    except NoLongerNeeded as failure:
        services.mark_dropped(message, reason=failure.reason, now=clock())
        return failure
    except (PermanentFailure, Undeliverable) as failure:
        services.mark_failed(message, reason=failure.reason, now=clock())
        return failure
    except TemporaryFailure as failure:
        services.mark_for_retry(message, reason=failure.reason, retry_after=failure.retry_after, now=clock())
        return failure
    except (NotMade, Unreadable) as failure:
        reason = failure.reason if isinstance(failure, NotMade) else "no key in FIELD_ENCRYPTION_KEYS opens it"
        services.mark_for_retry(message, reason=reason, now=clock())
        return failure
    except Exception as error:
        logger.exception("Delivering message %s broke", message.message_id)
        services.mark_for_retry(message, reason=f"our fault: {type(error).__name__}", now=clock())
        return error
    services.mark_sent(message, now=clock())
    return None
