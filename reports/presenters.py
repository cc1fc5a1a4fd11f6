"""Words of the pages of reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.clock import hospital_day
from core.formats import long_date, money, month_name
from reports.models import MonthlyReport
from reports.rows import FigureRow, has_money, rows_of
from reports.rules import month_before


@dataclass(frozen=True, slots=True)
class ReportLink:
    """A month in the list."""

    label: str
    url: str
    note: str


@dataclass(frozen=True, slots=True)
class ReportYear:
    year: int
    months: list[ReportLink]


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One report. `header` names the columns of `rows`."""

    title: str
    doctor: str
    header: tuple[str, str, str]
    rows: list[FigureRow]
    made: str
    pdf_url: str


def report_years(reports: Iterable[MonthlyReport]) -> list[ReportYear]:
    """As they are given, the last month first, by year."""
    return [
        ReportYear(year, [_link(report) for report in of_year])
        for year, of_year in groupby(reports, key=lambda report: report.month.year)
    ]


def _link(report: MonthlyReport) -> ReportLink:
    figures = report.of_the_month
    note = ngettext("%(count)s completed visit", "%(count)s completed visits", figures.completed) % {
        "count": f"{figures.completed:,}"
    }
    if has_money(report):
        amount = money(figures.net_cents, report.currency)
        note = _("%(visits)s, %(amount)s net earnings") % {"visits": note, "amount": amount}
    return ReportLink(month_name(report.month), reverse("reports:report", args=[report.month]), note)


def report_page(report: MonthlyReport) -> ReportPage:
    return ReportPage(
        title=title_of(report.month),
        doctor=report.doctor.display_name,
        header=(_("Figure"), month_name(report.month), month_name(month_before(report.month))),
        rows=rows_of(report),
        made=made_words(report),
        pdf_url=reverse("reports:pdf", args=[report.month]),
    )


def title_of(month: date) -> str:
    return _("Report for %(month)s") % {"month": month_name(month)}


def made_words(report: MonthlyReport) -> str:
    return _("Both months as they were on %(day)s, when this report was made. It doesn’t change any more.") % {
        "day": long_date(hospital_day(report.made_at))
    }
