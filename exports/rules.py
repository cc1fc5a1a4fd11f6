"""How often a file is tried, how long it is kept, and when news of it is written down: pure decisions."""

from __future__ import annotations

from datetime import datetime, timedelta

from exports.choices import MOST_ATTEMPTS

# Somebody waits for it: soon again at first, and given up within half an hour.
_PAUSES = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
KEPT = timedelta(hours=72)
ROWS_KEPT = timedelta(days=90)
NEWS_EVERY = timedelta(seconds=1)


def gives_up(*, attempts: int) -> bool:
    """Whether it was tried for the last time. A try whose worker died counts as well: it may have died of it."""
    return attempts >= MOST_ATTEMPTS


def pause(*, attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th failed try."""
    return _PAUSES[min(max(attempts, 1), len(_PAUSES)) - 1]


def is_news(*, written_at: datetime | None, now: datetime) -> bool:
    """Whether how far a file has got is to be written down: at most once a second."""
    return written_at is None or now - written_at >= NEWS_EVERY


def is_over(*, expires_at: datetime | None, now: datetime) -> bool:
    """Whether a file's time is over, whether or not the night has deleted it."""
    return expires_at is None or now >= expires_at
