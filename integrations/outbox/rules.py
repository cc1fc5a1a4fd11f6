"""When to try again, and when to stop: pure decisions."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST_PAUSE = timedelta(seconds=2)
# Short enough that everything is out within five minutes of the other side's return.
LONGEST_PAUSE = timedelta(minutes=2)
GIVE_UP_AFTER = timedelta(hours=72)
_DOUBLINGS = 10


def pause(*, attempts: int, chance: float, retry_after: timedelta | None = None) -> timedelta:
    """How long to wait after the `attempts`-th failed try.

    Doubles each time, with "equal jitter": between half and all of it, as `chance` in [0, 1) says, so that messages
    which failed together do not come back together. A longer wait asked for by the other side is kept, up to an hour.
    Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    doubled = FIRST_PAUSE * 2 ** min(max(attempts - 1, 0), _DOUBLINGS)
    full: timedelta = min(doubled, LONGEST_PAUSE)
    own: timedelta = full / 2 + full / 2 * chance
    asked = min(retry_after or timedelta(0), timedelta(hours=1))
    return max(own, asked)


def has_expired(*, expires_at: datetime | None, now: datetime) -> bool:
    """Whether sending it would only confuse: a reminder of an appointment that has begun, a link that is dead."""
    return expires_at is not None and now >= expires_at


def gives_up(*, created_at: datetime, now: datetime) -> bool:
    return now - created_at >= GIVE_UP_AFTER


# Each tells of something that happened, whatever happened since.
EVENTS = frozenset({"ACCOUNT_NOTICE", "EXPORT_READY", "MEDICAL_RECORD", "INVOICE", "DOCTOR_MONTHLY_REPORT"})
# Each carries a link that is of use until a newer one of its kind is made.
LINKS = frozenset({"EMAIL_VERIFICATION", "PASSWORD_RESET", "INVITATION"})


def overtakes(later: str, earlier: str) -> bool:
    """Whether a message of one action, written after another of the same stream, makes that one untrue.

    What a stream is about has one state at a time, and each message says it: the last one holds.
    """
    if EVENTS & {later, earlier}:
        return False
    if LINKS & {later, earlier}:
        return later == earlier
    return True
