"""A report's numbers in words: the same rows on the page, in the file and in the mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.formats import money
from reports.figures import MonthFigures
from reports.models import MonthlyReport
from reports.rules import month_after

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One number of a month, and the same of the month before."""

    label: str
    value: str
    before: str


def _count(name: str) -> Callable[[MonthFigures], str]:
    return lambda figures: f"{getattr(figures, name):,}"


def _hours(minutes: int) -> str:
    hours, minutes = divmod(minutes, 60)
    if not minutes:
        return gettext("%(hours)s h") % {"hours": f"{hours:,}"}
    if not hours:
        return gettext("%(minutes)s min") % {"minutes": minutes}
    return gettext("%(hours)s h %(minutes)s min") % {"hours": f"{hours:,}", "minutes": minutes}


def _used(figures: MonthFigures) -> str:
    if figures.used_share is None:
        return _hours(figures.minutes_used)
    percent = round(figures.used_share * 100)
    return gettext("%(hours)s (%(percent)s%%)") % {"hours": _hours(figures.minutes_used), "percent": percent}


def _rating(figures: MonthFigures) -> str:
    if figures.rating is None:
        return "–"
    return gettext("%(rating)s of 5") % {"rating": f"{figures.rating:.1f}"}


#: In the order of a visit: what was agreed, what came of it, who came, when; then what it brought.
_ROWS: tuple[tuple[StrOrPromise, Callable[[MonthFigures], str]], ...] = (
    (_("Appointments booked"), _count("booked")),
    (_("Completed"), _count("completed")),
    (_("Cancelled by patients"), _count("cancelled_by_patient")),
    (_("Cancelled by you"), _count("cancelled_by_doctor")),
    (_("Cancelled by the hospital"), _count("cancelled_by_hospital")),
    (_("Missed"), _count("missed")),
    (_("Moved to another time"), _count("moved")),
    (_("Patients seen"), _count("patients_seen")),
    (_("Of these, new to you"), _count("patients_new")),
    (_("Time offered"), lambda figures: _hours(figures.minutes_offered)),
    (_("Time used"), _used),
    (_("Reviews"), _count("reviews")),
    (_("Average rating"), _rating),
)
_AMOUNTS: tuple[tuple[StrOrPromise, Callable[[MonthFigures], int]], ...] = (
    (_("Invoiced, before tax"), lambda figures: figures.issued_cents),
    (_("Credited, before tax"), lambda figures: figures.credited_cents),
    (_("Net earnings"), lambda figures: figures.net_cents),
    (_("Paid so far, tax included"), lambda figures: figures.paid_cents),
)


def rows_of(report: MonthlyReport) -> list[FigureRow]:
    """In the active language."""
    now, before, currency = report.of_the_month, report.of_the_month_before, report.currency
    rows = [FigureRow(str(label), words(now), words(before)) for label, words in _ROWS]
    if not has_money(report):
        return rows
    amounts = [
        FigureRow(str(label), money(cents(now), currency), money(cents(before), currency)) for label, cents in _AMOUNTS
    ]
    return rows + amounts


def has_money(report: MonthlyReport) -> bool:
    """Whether amounts are told: not by a hospital that hadn't begun to bill (`BILLING_FROM`), unless there are some."""
    since = settings.BILLING_FROM
    has_begun = since is not None and since < month_after(report.month)
    return has_begun or report.of_the_month.has_money or report.of_the_month_before.has_money


def month_code(month: date) -> str:
    """ "2026-11", as addresses, files and mails have it."""
    return f"{month:%Y-%m}"
