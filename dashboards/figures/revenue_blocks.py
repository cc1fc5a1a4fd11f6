"""The blocks of money: what was issued, credited and paid, and what is still to pay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.formats import money
from core.money import from_cents
from dashboards.figures import charts, revenue_tables
from dashboards.figures.blocks import Block, shown
from dashboards.figures.charts import Bar, Chart, Stack
from dashboards.figures.figure_set import FigureSet
from dashboards.figures.revenue_tables import RevenueRow
from dashboards.figures.types import PeriodRevenue, Revenue

ROWS_SHOWN = 10
FEW_MONTHS = 3
SERIES = ("coming", "cancelled", "done")  # issued, credited, paid: as the style sheet calls what they look like
SIZES = (("wide", charts.WIDE), ("narrow", charts.NARROW))


def revenue_blocks(figures: FigureSet, csv: Mapping[str, str]) -> list[Block]:
    """All of them. `csv`: the address of each file."""
    return [
        months_block(figures, csv["revenue-months"]),
        departments_block(figures, csv["revenue-departments"]),
        doctors_block(figures, csv["revenue-doctors"]),
        payments_block(figures, csv["payments"]),
        to_pay_block(figures, csv["to-pay"]),
    ]


def months_block(figures: FigureSet, csv: str) -> Block:
    found, table = figures.revenue(), revenue_tables.by_month(figures)
    months = figures.period.months()
    is_long = len(months) > FEW_MONTHS
    is_cut = months[0].first.day > 1 or (months[-1].after.day > 1 and months[-1].last != figures.today)
    return Block(
        name="revenue-months",
        heading=_("Revenue by month"),
        finding=_found(found),
        charts=_month_charts(figures, is_long=is_long) if _has_any(found.total) else [],
        legend=list(zip(SERIES, _series_labels(), strict=True)),
        table=shown(_("Revenue by month"), table.header, table.rows),
        is_folded=is_long,
        note=_("Only the chosen days of the first and last month are counted.") if is_cut else "",
        csv_url=csv,
    )


def _has_any(revenue: Revenue) -> bool:
    return revenue != Revenue()


def _found(found: PeriodRevenue) -> str:
    total = found.total
    if not _has_any(total):
        return _("No invoices were issued and nothing was paid on these days.")
    return _("%(issued)s issued, %(credited)s credited, %(paid)s paid.") % {
        "issued": money(total.issued, found.currency),
        "credited": money(total.credited, found.currency),
        "paid": money(total.paid, found.currency),
    }


def _series_labels() -> list[str]:
    return [_("Issued"), _("Credited"), _("Paid")]


def _month_charts(figures: FigureSet, *, is_long: bool) -> list[Chart]:
    """Side by side with the table where there are few months, over the whole width where there are many."""
    currency = figures.revenue().currency
    stacks = [
        Stack(
            dateformat.format(first, "M Y"),
            [float(from_cents(cents, currency)) for cents in (revenue.issued, revenue.credited, revenue.paid)],
        )
        for first, revenue, _open in revenue_tables.month_rows(figures)
    ]
    explained = _("Three bars a month in %(currency)s: issued, credited, paid. The table has every number.")
    return [
        charts.grouped(
            name=f"revenue-months-{size}",
            title=_("Revenue by month"),
            description=f"{_found(figures.revenue())} {explained % {'currency': currency}}",
            stacks=stacks,
            series=SERIES,
            width=width,
            size=size,
            in_words=_thousands,
        )
        for size, width in (SIZES if is_long else (("bars", charts.COLUMN),))
    ]


def _thousands(amount: int) -> str:
    """ "50k", "1.5m": on an axis there is no room for more."""
    if abs(amount) >= 1_000_000:  # noqa: PLR2004
        return _("%(number)sm") % {"number": f"{amount / 1_000_000:,g}"}
    if abs(amount) >= 1_000:  # noqa: PLR2004
        return _("%(number)sk") % {"number": f"{amount / 1_000:,g}"}
    return str(amount)


def departments_block(figures: FigureSet, csv: str) -> Block:
    rows, table = _most_issued_first(revenue_tables.department_rows(figures)), revenue_tables.by_department(figures)
    return Block(
        name="revenue-departments",
        heading=_("Revenue by department"),
        finding=_most(figures, rows),
        charts=_issued_bars(figures, rows, name="revenue-departments-bars", title=_("Issued by department")),
        table=shown(_("Revenue by department"), table.header, table.rows) if rows else None,
        csv_url=csv,
    )


def doctors_block(figures: FigureSet, csv: str) -> Block:
    """Those with most; all of them are in the file."""
    rows = _most_issued_first(revenue_tables.doctor_rows(figures))
    few, more = rows[:ROWS_SHOWN], max(len(rows) - ROWS_SHOWN, 0)
    table = revenue_tables.by_doctor_shortly(figures, few)
    left_out = ngettext("%(count)s more is in the CSV file.", "%(count)s more are in the CSV file.", more)
    return Block(
        name="revenue-doctors",
        heading=_("Revenue by doctor"),
        finding=_most(figures, rows),
        charts=_issued_bars(figures, few, name="revenue-doctors-bars", title=_("Issued by doctor")),
        table=shown(_("Revenue by doctor"), table.header, table.rows) if rows else None,
        note=left_out % {"count": f"{more:,}"} if more else "",
        csv_url=csv,
    )


def _most_issued_first(rows: Sequence[RevenueRow]) -> list[RevenueRow]:
    return sorted(rows, key=lambda row: -row.revenue.issued)


def _most(figures: FigureSet, rows: Sequence[RevenueRow]) -> str:
    if not rows or not rows[0].revenue.issued:
        return _("No invoices were issued on these days.")
    return _("Most issued: %(name)s, %(amount)s.") % {
        "name": rows[0].name or _("No doctor"),
        "amount": money(rows[0].revenue.issued, figures.revenue().currency),
    }


def _issued_bars(figures: FigureSet, rows: Sequence[RevenueRow], *, name: str, title: str) -> list[Chart]:
    if not rows or not rows[0].revenue.issued:
        return []
    currency = figures.revenue().currency
    bars = [Bar(row.name or _("No doctor"), row.revenue.issued, money(row.revenue.issued, currency)) for row in rows]
    explained = _("One bar each, the highest amount first.")
    return [charts.bars(name=name, title=title, description=f"{_most(figures, rows)} {explained}", rows=bars)]


def payments_block(figures: FigureSet, csv: str) -> Block:
    found, table = figures.revenue(), revenue_tables.by_method(figures)
    total = found.total
    finding = _("Nothing was paid on these days.")
    if total.received or total.refunded:
        finding = _("%(received)s received, %(refunded)s refunded.") % {
            "received": money(total.received, found.currency),
            "refunded": money(total.refunded, found.currency),
        }
    bars = [
        Bar(label, max(revenue.received, 0), money(revenue.received, found.currency))
        for label, revenue in revenue_tables.method_rows(figures)
    ]
    drawn = charts.bars(name="payments-bars", title=_("Payments received by method"), description=finding, rows=bars)
    return Block(
        name="payments",
        heading=_("Payments by method"),
        finding=finding,
        charts=[drawn] if total.received > 0 else [],
        table=shown(_("Payments by method"), table.header, table.rows),
        is_half=True,
        note=_("Paid is payments less refunds."),
        csv_url=csv,
    )


def to_pay_block(figures: FigureSet, csv: str) -> Block:
    found, table = figures.receivables(), revenue_tables.by_age(figures)
    finding = _("Nothing is left to pay.")
    if found.total:
        finding = _("%(open)s to pay, %(overdue)s of it overdue.") % {
            "open": money(found.total, found.currency),
            "overdue": money(found.overdue, found.currency),
        }
    bars = [
        Bar(label, cents, money(cents, found.currency))
        for label, cents in zip(revenue_tables.age_labels(), found.by_age, strict=True)
    ]
    drawn = charts.bars(
        name="to-pay-bars", title=_("To pay now, by how long overdue"), description=finding, rows=bars, series="coming"
    )
    refund = _("%(amount)s must be refunded to patients.") % {"amount": money(found.to_give_back, found.currency)}
    told = _("All invoices, whenever they were issued.")
    return Block(
        name="to-pay",
        heading=_("To pay now"),
        finding=finding,
        charts=[drawn] if found.total else [],
        table=shown(_("To pay now"), table.header, table.rows),
        is_half=True,
        note=f"{told} {refund}" if found.to_give_back else told,
        csv_url=csv,
    )
