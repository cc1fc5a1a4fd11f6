"""Delivering what is due, outside any transaction."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from core.clock import now as clock_now
from core.crypto import Unreadable
from integrations.choices import Channel
from integrations.email_gateway.client import deliver_email
from integrations.errors import NoLongerNeeded, PermanentFailure, TemporaryFailure
from integrations.google_calendar.deliver import deliver_google
from integrations.models import OutgoingMessage
from integrations.outbox import services

logger = logging.getLogger(__name__)

Deliver = Callable[[OutgoingMessage], None]
CHANNELS: Mapping[str, Deliver] = {Channel.EMAIL: deliver_email, Channel.GOOGLE: deliver_google}


def drain(
    *,
    seconds: float,
    per_second: float,
    clock: Callable[[], datetime] = clock_now,
    channels: Mapping[str, Deliver] = CHANNELS,
) -> int:
    """Deliver due messages one after another until none is left or `seconds` are over; says how many were tried.

    `per_second` bounds the rate of this one caller, so that the end of an outage is not the start of the next.
    """
    tried, started = 0, time.monotonic()
    while time.monotonic() - started < seconds:
        message = services.claim(now=clock())
        if message is None:
            break
        begun = time.monotonic()
        deliver_one(message, clock=clock, channels=channels)
        tried += 1
        time.sleep(max(0.0, 1 / per_second - (time.monotonic() - begun)))
    return tried


def deliver_one(
    message: OutgoingMessage, *, clock: Callable[[], datetime] = clock_now, channels: Mapping[str, Deliver] = CHANNELS
) -> None:
    """Hand over a claimed message and write down what became of it."""
    try:
        channels[message.channel](message)
    except NoLongerNeeded as failure:
        services.mark_dropped(message, reason=failure.reason, now=clock())
    except PermanentFailure as failure:
        services.mark_failed(message, reason=failure.reason, now=clock())
    except TemporaryFailure as failure:
        services.mark_for_retry(message, reason=failure.reason, retry_after=failure.retry_after, now=clock())
    except Unreadable:
        services.mark_for_retry(message, reason="no key in FIELD_ENCRYPTION_KEYS opens it", now=clock())
    except Exception as error:
        logger.exception("Delivering message %s broke", message.message_id)
        services.mark_for_retry(message, reason=f"our fault: {type(error).__name__}", now=clock())
    else:
        services.mark_sent(message, now=clock())
