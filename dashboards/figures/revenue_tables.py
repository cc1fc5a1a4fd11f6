"""Money as tables: beside its chart, and, cell for cell, in its CSV file, whose columns name the currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.choices import Method
from dashboards.figures.cells import Amount, Month, Table
from dashboards.figures.figure_set import FigureSet
from dashboards.figures.revenue import AGES
from dashboards.figures.types import DoctorReceivable, DoctorRevenue, Revenue


@dataclass(frozen=True, slots=True)
class RevenueRow:
    """What was issued, credited and paid, and what is open as of now, of one department or doctor; no doctor: both
    empty."""

    name: str
    department: str
    revenue: Revenue
    open: int


def doctor_rows(figures: FigureSet) -> list[RevenueRow]:
    """Each doctor with any money in the period or open now, in order of name; what is no doctor's, last."""
    revenues = {row.doctor: row for row in figures.revenue().by_doctor}
    receivables = {row.doctor: row for row in figures.receivables().by_doctor}
    everybody: list[DoctorRevenue | DoctorReceivable] = [*revenues.values(), *receivables.values()]
    people = {row.doctor: (row.name, row.department) for row in everybody}
    rows = [
        RevenueRow(
            *(name, department),
            revenue=revenues[key].revenue if key in revenues else Revenue(),
            open=receivables[key].open if key in receivables else 0,
        )
        for key, (name, department) in people.items()
    ]
    return sorted(rows, key=lambda row: (not row.name, row.name.casefold(), row.department))


def department_rows(figures: FigureSet) -> list[RevenueRow]:
    """The same by department."""
    sums: dict[str, tuple[Revenue, int]] = {}
    for row in doctor_rows(figures):
        revenue, is_open = sums.get(row.department, (Revenue(), 0))
        sums[row.department] = (revenue + row.revenue, is_open + row.open)
    rows = [RevenueRow(name, name, revenue, is_open) for name, (revenue, is_open) in sums.items()]
    return sorted(rows, key=lambda row: (not row.name, row.name))


def month_rows(figures: FigureSet) -> list[tuple[date, Revenue, int]]:
    """Every month of the period, those without money as well: its first day, its money, what is open of it."""
    found, is_open = figures.revenue().by_month, figures.receivables().by_month
    firsts = [month.first.replace(day=1) for month in figures.period.months()]
    return [(first, found.get(first, Revenue()), is_open.get(first, 0)) for first in firsts]


def method_rows(figures: FigureSet) -> list[tuple[str, Revenue]]:
    """Every method by its label, those without money as well."""
    found = figures.revenue().by_method
    return [(str(method.label), found.get(method.value, Revenue())) for method in Method]


def age_labels() -> list[str]:
    """In the order of `AGES`."""
    return [_("Not due yet"), *(_age_words(first, last) for first, last in AGES[1:])]


def _age_words(first: int, last: int | None) -> str:
    if last is None:
        days = ngettext("Over %(count)s day overdue", "Over %(count)s days overdue", first - 1)
        return days % {"count": first - 1}
    return _("%(first)s to %(last)s days overdue") % {"first": first, "last": last}


# The tables


def by_month(figures: FigureSet) -> Table:
    """By month of the period; in the last row, what is open of all that was issued on other days."""
    rows: list[Sequence[Any]] = [
        (Month(first), *_amounts(figures, revenue), _amount(figures, is_open))
        for first, revenue, is_open in month_rows(figures)
    ]
    if elsewhere := figures.receivables().by_month.get(None, 0):
        rows.append((_("Issued on other days"), None, None, None, _amount(figures, elsewhere)))
    return _table(figures, [_("Month")], _columns(), rows)


def by_department(figures: FigureSet) -> Table:
    rows = [(row.name or _("No doctor"), *_cells(figures, row)) for row in department_rows(figures)]
    return _table(figures, [_("Department")], _columns(), rows)


def by_doctor(figures: FigureSet) -> Table:
    rows = [(row.name or _("No doctor"), row.department, *_cells(figures, row)) for row in doctor_rows(figures)]
    return _table(figures, [_("Doctor"), _("Department")], _columns(), rows)


def by_doctor_shortly(figures: FigureSet, rows: Sequence[RevenueRow]) -> Table:
    """Some doctors without their departments, so that names have room beside a drawing."""
    return _table(
        figures, [_("Doctor")], _columns(), [(row.name or _("No doctor"), *_cells(figures, row)) for row in rows]
    )


def by_method(figures: FigureSet) -> Table:
    rows = [
        (label, *(_amount(figures, cents) for cents in (revenue.received, revenue.refunded, revenue.paid)))
        for label, revenue in method_rows(figures)
    ]
    return _table(figures, [_("Method")], [_("Payments"), _("Refunds"), _("Paid")], rows)


def by_age(figures: FigureSet) -> Table:
    found = figures.receivables()
    rows = [(label, _amount(figures, cents)) for label, cents in zip(age_labels(), found.by_age, strict=True)]
    return _table(figures, [_("Invoices")], [_("To pay")], rows)


def _columns() -> list[str]:
    return [_("Issued"), _("Credited"), _("Paid"), _("To pay now")]


def _cells(figures: FigureSet, row: RevenueRow) -> tuple[Amount, ...]:
    return (*_amounts(figures, row.revenue), _amount(figures, row.open))


def _amounts(figures: FigureSet, revenue: Revenue) -> tuple[Amount, ...]:
    return tuple(_amount(figures, cents) for cents in (revenue.issued, revenue.credited, revenue.paid))


def _amount(figures: FigureSet, cents: int) -> Amount:
    return Amount(cents, figures.revenue().currency)


def _table(figures: FigureSet, of: list[str], amounts: list[str], rows: Sequence[Sequence[Any]]) -> Table:
    """`of` says what a row is of; the columns after it are amounts."""
    currency = figures.revenue().currency
    return Table([*of, *amounts], rows, [*of, *(f"{name} ({currency})" for name in amounts)])
