"""What is behind, in sentences for the log, the command `check_jobs` and the staff's page."""

from __future__ import annotations

import logging
from datetime import datetime

from integrations.jobs import selectors
from integrations.jobs.selectors import ChannelReport, JobState

logger = logging.getLogger(__name__)


def what_is_behind(*, now: datetime) -> list[str]:
    """One sentence for each overdue job and each channel that is stuck; empty when all is well."""
    jobs = [_of_job(state) for state in selectors.job_states(now=now) if state.is_overdue]
    return jobs + [_of_channel(report) for report in selectors.channel_reports(now=now) if report.is_behind]


def log_what_is_behind(*, now: datetime) -> list[str]:
    found = what_is_behind(now=now)
    for sentence in found:
        logger.error("Behind: %s", sentence)
    return found


def _of_job(state: JobState) -> str:
    last = f"last done at {state.succeeded_at:%Y-%m-%dT%H:%M:%SZ}" if state.succeeded_at else "never done"
    error = f", then {state.error}" if state.error else ""
    return f"job {state.task} is overdue ({last}{error}; it should be every {state.overdue_after})"


def _of_channel(report: ChannelReport) -> str:
    if report.failing_since:
        why = f"no answer since {report.failing_since:%Y-%m-%dT%H:%M:%SZ}"
    else:
        why = f"untried since {report.untried_since:%Y-%m-%dT%H:%M:%SZ}"
    return f"channel {report.channel} ({why}; {report.waiting} messages wait)"
