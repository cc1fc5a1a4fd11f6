"""Reading how jobs and channels are doing. Nothing personal in it: staff and operators may see all of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min, Q

from integrations.choices import Channel
from integrations.jobs import rules
from integrations.jobs.rules import JobHealth, LastRun
from integrations.models import ChannelState, JobRun, OutgoingMessage

__all__ = ["ChannelReport", "JobHealth", "JobState", "channel_reports", "job_states"]


@dataclass(frozen=True, slots=True)
class JobState:
    task: str
    label: str
    overdue_after: timedelta
    health: JobHealth
    started_at: datetime | None = None
    finished_at: datetime | None = None
    succeeded_at: datetime | None = None
    error: str = ""
    items_left: int = 0

    @property
    def is_overdue(self) -> bool:
        return self.health == JobHealth.OVERDUE


@dataclass(frozen=True, slots=True)
class ChannelReport:
    """`waiting`: all that has not left; `untried_since`: the oldest that could have been tried and was not."""

    channel: Channel
    waiting: int
    oldest: datetime | None
    failing_since: datetime | None
    paused_until: datetime | None
    untried_since: datetime | None
    is_behind: bool


def job_states(*, now: datetime) -> list[JobState]:
    """Every periodic job in the order of the settings. One statement."""
    rows = {row.task: row for row in JobRun.objects.all()}
    known_since = min((row.first_started_at for row in rows.values()), default=None)
    return [
        _state(task, str(job["label"]), job["overdue_after"], rows.get(task), known_since, now)
        for task, job in settings.BACKGROUND_JOBS.items()
    ]


def _state(  # noqa: PLR0917  one row of one table
    task: str, label: str, overdue_after: timedelta, row: JobRun | None, known_since: datetime | None, now: datetime
) -> JobState:
    if row is None:
        run = LastRun(succeeded_at=None, finished_at=None, error="", known_since=known_since)
        return JobState(task, label, overdue_after, rules.health(run, overdue_after=overdue_after, now=now))
    run = LastRun(row.succeeded_at, row.finished_at, row.error, known_since)
    return JobState(
        task=task,
        label=label,
        overdue_after=overdue_after,
        health=rules.health(run, overdue_after=overdue_after, now=now),
        started_at=row.started_at,
        finished_at=row.finished_at,
        succeeded_at=row.succeeded_at,
        error=row.error,
        items_left=row.items_left,
    )


def channel_reports(*, now: datetime) -> list[ChannelReport]:
    """How each way out is doing. Three statements."""
    open_ones = OutgoingMessage.objects.open().order_by()
    counts = {
        row["channel"]: row
        for row in open_ones.values("channel").annotate(waiting=Count("pk"), oldest=Min("created_at"))
    }
    # Behind another of its stream a message waits its turn: that is nobody's neglect.
    untried = OutgoingMessage.objects.due(now).filter(attempts=0).first_of_stream().order_by()
    untried = untried.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now))
    since = dict(untried.values_list("channel").annotate(since=Min("due_at")))
    states = {state.channel: state for state in ChannelState.objects.all()}
    return [
        _report(channel, dict(counts.get(channel, {})), since.get(channel), states.get(channel), now)
        for channel in Channel
    ]


def _report(
    channel: Channel,
    counts: dict[str, object],
    untried_since: datetime | None,
    state: ChannelState | None,
    now: datetime,
) -> ChannelReport:
    failing_since = state.failing_since if state else None
    paused = state.paused_until if state and state.paused_until and state.paused_until > now else None
    return ChannelReport(
        channel=channel,
        waiting=int(counts.get("waiting", 0)),  # type: ignore[call-overload]
        oldest=counts.get("oldest"),  # type: ignore[arg-type]
        failing_since=failing_since,
        paused_until=paused,
        untried_since=untried_since,
        is_behind=rules.is_behind(failing_since=failing_since, untried_since=untried_since, now=now),
    )
