"""The blocks of a period: what was offered, and what became of appointments."""

from __future__ import annotations

from functools import partial

from django.utils.translation import gettext

from dashboards.figures import charts, tables
from dashboards.figures.blocks import Block, Shown, counted, shown
from dashboards.figures.charts import Bar, Stack
from dashboards.figures.figure_set import FigureSet
from dashboards.figures.periods import Period
from dashboards.figures.tables import FEW, NOTHING, percent
from dashboards.figures.types import DoctorUse, Use, Visits

ENDS_SHOWN = 5
SIZES = (("wide", charts.WIDE), ("narrow", charts.NARROW))
SERIES = ("done", "arrived", "coming", "missed", "cancelled")


def _bar_label(bucket: Period) -> str:
    return f"{bucket.first.day} {bucket.first:%b}"


def appointments_block(figures: FigureSet, csv: str) -> Block:
    buckets = tables.by_bucket(figures)
    all_told = sum((visits for _, visits in buckets), Visits())
    said = [
        (all_told.done, "seen"),
        (all_told.arrived + all_told.coming, "still open"),
        (all_told.missed, "missed"),
        (all_told.cancelled, "cancelled"),
    ]
    parts = ", ".join(f"{count:,} {word}" for count, word in said if count)
    finding = counted(all_told.total, "appointment", "appointments") + (f": {parts}." if parts else ".")
    stacks = [Stack(_bar_label(bucket), [getattr(visits, name) for name in SERIES]) for bucket, visits in buckets]
    unit = "week" if figures.period.is_by_week else "day"
    drawn = [
        charts.stacked(
            name=f"appointments-{size}",
            title=f"Appointments by {unit} and status",
            description=f"{finding} One bar a {unit}; the table below has every number.",
            stacks=stacks,
            series=SERIES,
            width=width,
            size=size,
        )
        for size, width in SIZES
    ]
    header = [unit.capitalize(), *tables.STAND_LABELS.values(), "All"]
    return Block(
        name="appointments",
        heading=f"Appointments by {unit}",
        finding=finding,
        charts=drawn if all_told.total else [],
        legend=list(tables.STAND_LABELS.items()),
        table=shown(f"Appointments by {unit} and status", header, tables.standing_rows(buckets)),
        is_folded=True,
        csv_url=csv,
    )


def utilisation_block(figures: FigureSet, csv: str) -> Block:
    buckets = tables.use_by_bucket(figures)
    total = sum((use for _, use in buckets), Use())
    finding = "No times were offered on these days."
    if total.offered:
        finding = (
            f"{percent(total.share)} of the time offered was booked: "
            f"{tables.hours(total.booked):,.1f} of {tables.hours(total.offered):,.1f} hours."
        )
    unit = "week" if figures.period.is_by_week else "day"
    drawn = [
        charts.line(
            name=f"utilisation-{size}",
            title=f"Utilisation by {unit}",
            description=f"{finding} One point a {unit} on which times were offered.",
            points=[(_bar_label(bucket), use.share) for bucket, use in buckets],
            width=width,
            size=size,
        )
        for size, width in SIZES
    ]
    rows = [(bucket, *tables.use_cells(use)) for bucket, use in buckets]
    return Block(
        name="utilisation",
        heading=gettext("Utilisation"),
        finding=finding,
        charts=drawn if total.offered else [],
        table=shown(f"Utilisation by {unit}", [unit.capitalize(), *tables.USE_HEADER], rows),
        is_folded=True,
        csv_url=csv,
    )


def departments_block(figures: FigureSet, csv: str) -> Block:
    table = tables.departments(figures)
    found = figures.utilisation().by_department()
    ranked = sorted(found.items(), key=lambda item: (-(item[1].share or 0), item[0]))
    drawn = charts.bars(
        name="departments-bars",
        title="Utilisation by department",
        description="One bar a department, the busiest first, as long as its share of 100%.",
        rows=[Bar(name, use.share, percent(use.share)) for name, use in ranked],
        most=1,
    )
    return Block(
        name="departments",
        heading=gettext("Utilisation by department"),
        finding=_fullest(ranked),
        charts=[drawn] if ranked else [],
        table=shown("Utilisation by department", table.header, table.rows),
        csv_url=csv,
    )


def _fullest(ranked: list[tuple[str, Use]]) -> str:
    if not ranked:
        return "No times were offered on these days."
    (top, most), (bottom, least) = ranked[0], ranked[-1]
    if len(ranked) == 1:
        return f"{top}: {percent(most.share)}."
    return f"Fullest {top} with {percent(most.share)}, emptiest {bottom} with {percent(least.share)}."


def doctors_blocks(figures: FigureSet, csv: str, more: str) -> list[Block]:
    """The fullest and the emptiest few; all of them are on a page of their own."""
    rows = [row for row in figures.utilisation().by_doctor if row.use.offered]
    ranked = sorted(rows, key=lambda row: (-(row.use.share or 0), row.name))
    block = partial(Block, csv_url=csv, more_url=more, more="All doctors")
    found = f"{counted(len(ranked), 'doctor', 'doctors')} offered times on these days."
    if len(ranked) <= 2 * ENDS_SHOWN:
        table = _doctors_table("Utilisation by doctor", ranked)
        return [block("doctors", "Utilisation by doctor", found, table=table)]
    fullest = _doctors_table("The busiest doctors", ranked[:ENDS_SHOWN])
    emptiest = _doctors_table("The quietest doctors", ranked[-ENDS_SHOWN:])
    return [
        block("doctors", "The busiest doctors", found, table=fullest, is_half=True),
        Block("emptiest", "The quietest doctors", "Most availability.", table=emptiest, is_half=True),
    ]


def _doctors_table(caption: str, rows: list[DoctorUse]) -> Shown:
    cells = [(row.name, row.department, tables.Share(row.use.share)) for row in rows]
    return shown(caption, ["Doctor", "Department", "Utilisation"], cells)


def no_shows_block(figures: FigureSet, csv: str) -> Block:
    found = figures.no_shows()
    visits, missed = sum(row.visits for row in found), sum(row.missed for row in found)
    finding = "No visits on these days have an outcome yet."
    if visits:
        finding = f"{percent(missed / visits)} of {counted(visits, 'visit', 'visits')} were missed."
    rows = [
        Bar(label, row.rate, f"{percent(row.rate)} of {row.visits:,}" if row.visits else NOTHING)
        for label, row in zip(tables.LEAD_LABELS, found, strict=True)
    ]
    drawn = charts.bars(
        name="no-shows-bars",
        title="Missed visits by how long ahead they were booked",
        description=f"{finding} One bar for each lead time; the longest is the highest rate.",
        rows=rows,
        series="missed",
    )
    few = any(0 < row.visits < FEW for row in found)
    table = tables.no_shows(figures)
    return Block(
        name="no-shows",
        heading=gettext("Missed"),
        finding=finding,
        charts=[drawn] if visits else [],
        table=shown("Missed visits by lead time", table.header, table.rows),
        is_half=True,
        note=f"A rate of fewer than {FEW} visits can be chance." if few else "",
        csv_url=csv,
    )


def cancellations_block(figures: FigureSet, csv: str) -> Block:
    found, table = figures.cancellations(), tables.cancellations(figures)
    finding = "Nothing was cancelled."
    if found.total:
        finding = (
            f"{counted(found.total, 'appointment', 'appointments')} cancelled, "
            f"{found.short:,} of them less than 24 hours before."
        )
    drawn = charts.bars(
        name="cancellations-bars",
        title="Cancelled appointments by who cancelled",
        description=finding,
        rows=[Bar(label, count, f"{count:,}") for label, count, *_ in table.rows],
        series="cancelled",
    )
    return Block(
        name="cancellations",
        heading=gettext("Cancellations"),
        finding=finding,
        charts=[drawn] if found.total else [],
        table=shown("Cancelled appointments", table.header, table.rows),
        is_half=True,
        note="Moved appointments aren’t included.",
        csv_url=csv,
    )
