"""Making the reports of the months that are over: each once for its doctor, and its mail with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from accounts.models import User
from core.batches import in_batches
from core.db import one_moment, short_transaction
from doctors.models import DoctorProfile
from integrations import outbox
from reports import locks, messages, rules
from reports.counting import count_month
from reports.figures import MonthFigures
from reports.models import MonthlyReport
from reports.selectors import doctors_without_report, is_reachable, reported

# As many accounts are locked at a time: whoever signs in meanwhile waits for them.
AT_ONCE = 250
Counted = Mapping[int, MonthFigures]


@dataclass(frozen=True, slots=True)
class _Month:
    """A month to report on, with its numbers and those of the month before."""

    month: date
    figures: Counted
    before: Counted
    is_mailed: bool


def make_reports(*, now: datetime) -> int:
    """Make what is due and not there yet, the earliest month first; says how many.

    May run as often as one likes, late, or at the same time as another. Months that were missed are made up for
    (reports/rules.py); only the last one's report is mailed.
    """
    zone, hour = ZoneInfo(settings.TIME_ZONE), settings.MONTHLY_REPORT_HOUR
    due = {month: doctors_without_report(month) for month in rules.due_months(now=now, hour=hour, zone=zone)}
    due = {month: doctors for month, doctors in due.items() if doctors}
    counted = _count(due)
    done = 0
    for month, doctors in due.items():
        is_mailed = rules.is_mailed(month, now=now, hour=hour, zone=zone)
        before = counted[rules.month_before(month)]
        done += _make_all(doctors, _Month(month, counted[month], before, is_mailed), now)
    return done


def _count(months: Collection[date]) -> dict[date, Counted]:
    """These months and those before them, all as they were at one moment: so they may stand beside one another."""
    if not months:
        return {}
    with one_moment():
        return {month: count_month(month) for month in {*months, *map(rules.month_before, months)}}


def _make_all(doctors: Sequence[DoctorProfile], month: _Month, now: datetime) -> int:
    return in_batches(doctors, lambda some: _make(some, month, now), size=AT_ONCE, what="The monthly report of doctor")


def _make(doctors: Sequence[DoctorProfile], month: _Month, now: datetime) -> int:
    with short_transaction():
        accounts = locks.accounts([doctor.user_id for doctor in doctors])
        # Asked after the lock: whoever made reports for these doctors meanwhile has committed them.
        have_one = reported([doctor.pk for doctor in doctors], month.month)
        due = [doctor for doctor in doctors if doctor.pk not in have_one and accounts[doctor.user_id].is_active]
        reports = [_report(doctor, month, now) for doctor in due]
        MonthlyReport.objects.bulk_create(reports)
        if month.is_mailed:
            outbox.enqueue(_mails(reports, accounts, now), now=now)
    return len(reports)


def _mails(reports: Sequence[MonthlyReport], accounts: Mapping[int, User], now: datetime) -> list[outbox.Draft]:
    """To whoever is reached, of a month in which there was anything."""
    told = [(report, accounts[report.doctor.user_id]) for report in reports if not report.of_the_month.is_nothing]
    return [messages.monthly_report(report, to=user, now=now) for report, user in told if is_reachable(user)]


def _report(doctor: DoctorProfile, month: _Month, now: datetime) -> MonthlyReport:
    nothing = MonthFigures()
    return MonthlyReport(
        doctor=doctor,
        month=month.month,
        currency=settings.CURRENCY,
        figures=month.figures.get(doctor.pk, nothing).as_json(),
        before=month.before.get(doctor.pk, nothing).as_json(),
        made_at=now,
    )
