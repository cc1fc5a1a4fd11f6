"""The background jobs and the ways out, as they stand now: never from the cache, for what is behind must be seen."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.clock import hospital_day
from core.formats import clock_time, short_date
from dashboards.figures.blocks import Block, shown
from dashboards.figures.cells import NOTHING
from integrations.choices import Channel
from integrations.jobs import selectors
from integrations.jobs.selectors import ChannelReport, JobHealth, JobState


def jobs_block(*, now: datetime) -> tuple[Block, list[str]]:
    """The block, and a sentence for each job and channel that is behind, to stand at the top of the page."""
    states, channels = selectors.job_states(now=now), selectors.channel_reports(now=now)
    overdue = [state for state in states if state.is_overdue]
    alarms = [_alarm_of_job(state, now) for state in overdue]
    alarms += [_alarm_of_channel(report, now) for report in channels if report.is_behind]
    finding = _("All jobs are on time.")
    if overdue:
        finding = ngettext(
            "%(count)s of %(all)s jobs is overdue.", "%(count)s of %(all)s jobs are overdue.", len(overdue)
        ) % {"count": len(overdue), "all": len(states)}
    table = shown(
        _("Background jobs and when each last ran"),
        [_("Job"), _("Last done"), _("State")],
        [[state.label, _when(state.succeeded_at, now), _state(state)] for state in states],
    )
    waiting = "; ".join(
        _("%(channel)s: %(count)s waiting") % {"channel": _name(report.channel), "count": f"{report.waiting:,}"}
        for report in channels
    )
    block = Block(
        name="jobs", heading=_("Background jobs"), finding=finding, table=table, is_half=True, note=f"{waiting}."
    )
    return block, alarms


def _state(state: JobState) -> str:
    if state.health == JobHealth.OVERDUE:
        return _("Overdue")
    if state.health == JobHealth.FAILED:
        return _("Failed: %(error)s") % {"error": state.error}
    if state.health == JobHealth.NEVER:
        return _("Not due yet")
    if state.items_left:
        return ngettext("Done, except for %(count)s item", "Done, except for %(count)s items", state.items_left) % {
            "count": f"{state.items_left:,}"
        }
    return _("On time")


def _alarm_of_job(state: JobState, now: datetime) -> str:
    if state.succeeded_at is None:
        return _("The job “%(job)s” hasn’t run. Tell the person who looks after the server.") % {"job": state.label}
    return _("The job “%(job)s” was last done at %(when)s. Tell the person who looks after the server.") % {
        "job": state.label,
        "when": _when(state.succeeded_at, now),
    }


def _alarm_of_channel(report: ChannelReport, now: datetime) -> str:
    since = report.failing_since or report.untried_since
    facts = {"channel": _name(report.channel), "count": f"{report.waiting:,}", "since": _when(since, now)}
    if report.failing_since:
        return (
            ngettext(
                "%(channel)s hasn’t answered since %(since)s. %(count)s message is waiting and will be sent later.",
                "%(channel)s hasn’t answered since %(since)s. %(count)s messages are waiting and will be sent later.",
                report.waiting,
            )
            % facts
        )
    return _("%(channel)s: nothing has been sent since %(since)s. Tell the person who looks after the server.") % facts


def _name(channel: Channel) -> str:
    return {Channel.EMAIL: _("The e-mail service"), Channel.GOOGLE: _("Google Calendar")}[channel]


def _when(moment: datetime | None, now: datetime) -> str:
    if moment is None:
        return NOTHING
    if hospital_day(moment) == hospital_day(now):
        return clock_time(moment)
    return _("%(day)s, %(time)s") % {
        "day": short_date(timezone.localtime(moment)),
        "time": clock_time(moment),
    }
