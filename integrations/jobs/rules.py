"""Whether a job is behind: pure decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum


class JobHealth(Enum):
    GOOD = "good"
    FAILED = "failed"  # the last run ended with an error; the next may do better
    OVERDUE = "overdue"  # no good run for longer than the job may be without one
    NEVER = "never"  # not yet run, and not yet due to have


@dataclass(frozen=True, slots=True)
class LastRun:
    """What is known of one job. `known_since`: since when there have been workers at all; None when never."""

    succeeded_at: datetime | None
    finished_at: datetime | None
    error: str
    known_since: datetime | None


def health(run: LastRun, *, overdue_after: timedelta, now: datetime) -> JobHealth:
    """A job that never ran well counts from when workers began; without any worker it is overdue at once."""
    since = run.succeeded_at or run.known_since
    if since is None or now - since > overdue_after:
        return JobHealth.OVERDUE
    if run.error:
        return JobHealth.FAILED
    return JobHealth.GOOD if run.succeeded_at else JobHealth.NEVER


# A message that nobody has even tried to hand over for so long means that nobody is at work.
UNTRIED_AFTER = timedelta(minutes=2)
# A vendor may be away for a moment.
AWAY_AFTER = timedelta(seconds=30)


def is_behind(*, failing_since: datetime | None, untried_since: datetime | None, now: datetime) -> bool:
    """Whether a channel needs somebody to look at it: its vendor does not answer, or its messages are not tried."""
    is_away = failing_since is not None and now - failing_since > AWAY_AFTER
    is_left = untried_since is not None and now - untried_since > UNTRIED_AFTER
    return is_away or is_left
