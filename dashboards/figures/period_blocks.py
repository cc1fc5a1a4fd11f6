"""The blocks of a period: what was offered, and what became of appointments."""

from __future__ import annotations

from functools import partial

from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboards.figures import charts, tables
from dashboards.figures.blocks import Block, Shown, shown
from dashboards.figures.cells import NOTHING, Share, percent
from dashboards.figures.charts import Bar, Stack
from dashboards.figures.figure_set import FigureSet
from dashboards.figures.periods import Period
from dashboards.figures.tables import FEW, SERIES
from dashboards.figures.types import DoctorUse, Missed, Visits
from doctors.utilisation import Use

ENDS_SHOWN = 5
SIZES = (("wide", charts.WIDE), ("narrow", charts.NARROW))


def _bar_label(bucket: Period) -> str:
    return dateformat.format(bucket.first, "j M")


def appointments_block(figures: FigureSet, csv: str) -> Block:
    buckets = tables.by_bucket(figures)
    all_told = sum((visits for _, visits in buckets), Visits())
    finding = _found_of_visits(all_told)
    stacks = [Stack(_bar_label(bucket), [getattr(visits, name) for name in SERIES]) for bucket, visits in buckets]
    by = partial(_by, figures.period)
    title = by(_("Appointments by week and status"), _("Appointments by day and status"))
    explained = by(
        _("One bar a week; the table below has every number."), _("One bar a day; the table below has every number.")
    )
    drawn = [
        charts.stacked(
            name=f"appointments-{size}",
            title=title,
            description=f"{finding} {explained}",
            stacks=stacks,
            series=SERIES,
            width=width,
            size=size,
        )
        for size, width in SIZES
    ]
    header = [by(_("Week"), _("Day")), *tables.status_labels(), _("All")]
    return Block(
        name="appointments",
        heading=by(_("Appointments by week"), _("Appointments by day")),
        finding=finding,
        charts=drawn if all_told.total else [],
        legend=list(zip(SERIES, tables.status_labels(), strict=True)),
        table=shown(title, header, tables.standing_rows(buckets)),
        is_folded=True,
        csv_url=csv,
    )


def _by(period: Period, week: str, day: str) -> str:
    """What is said of the one length of its buckets or the other."""
    return week if period.is_by_week else day


def _found_of_visits(visits: Visits) -> str:
    counts = [
        (_("%(count)s seen"), visits.done),
        (_("%(count)s still open"), visits.arrived + visits.coming),
        (_("%(count)s missed"), visits.missed),
        (_("%(count)s cancelled"), visits.cancelled),
    ]
    parts = ", ".join(told % {"count": f"{count:,}"} for told, count in counts if count)
    if not parts:
        return _("0 appointments.")
    told = ngettext("%(count)s appointment: %(parts)s.", "%(count)s appointments: %(parts)s.", visits.total)
    return told % {"count": f"{visits.total:,}", "parts": parts}


def utilisation_block(figures: FigureSet, csv: str) -> Block:
    buckets = tables.use_by_bucket(figures)
    total = sum((use for _, use in buckets), Use())
    finding = _("No times were offered on these days.")
    if total.offered:
        finding = _("%(share)s of the time offered was booked: %(booked)s of %(offered)s hours.") % {
            "share": percent(total.share),
            "booked": f"{tables.hours(total.booked):,.1f}",
            "offered": f"{tables.hours(total.offered):,.1f}",
        }
    by = partial(_by, figures.period)
    title = by(_("Utilisation by week"), _("Utilisation by day"))
    explained = by(
        _("One point a week on which times were offered."), _("One point a day on which times were offered.")
    )
    drawn = [
        charts.line(
            name=f"utilisation-{size}",
            title=title,
            description=f"{finding} {explained}",
            points=[(_bar_label(bucket), use.share) for bucket, use in buckets],
            width=width,
            size=size,
        )
        for size, width in SIZES
    ]
    rows = [(bucket, *tables.use_cells(use)) for bucket, use in buckets]
    return Block(
        name="utilisation",
        heading=_("Utilisation"),
        finding=finding,
        charts=drawn if total.offered else [],
        table=shown(title, [by(_("Week"), _("Day")), *tables.use_header()], rows),
        is_folded=True,
        csv_url=csv,
    )


def departments_block(figures: FigureSet, csv: str) -> Block:
    table = tables.departments(figures)
    found = figures.utilisation().by_department()
    ranked = sorted(found.items(), key=lambda item: (-(item[1].share or 0), item[0]))
    drawn = charts.bars(
        name="departments-bars",
        title=_("Utilisation by department"),
        description=_("One bar a department, the busiest first, as long as its share of 100%."),
        rows=[Bar(name, use.share, percent(use.share)) for name, use in ranked],
        most=1,
    )
    return Block(
        name="departments",
        heading=_("Utilisation by department"),
        finding=_fullest(ranked),
        charts=[drawn] if ranked else [],
        table=shown(_("Utilisation by department"), table.header, table.rows),
        csv_url=csv,
    )


def _fullest(ranked: list[tuple[str, Use]]) -> str:
    if not ranked:
        return _("No times were offered on these days.")
    (top, most), (bottom, least) = ranked[0], ranked[-1]
    if len(ranked) == 1:
        return f"{top}: {percent(most.share)}."
    return _("Fullest %(fullest)s with %(most)s, emptiest %(emptiest)s with %(least)s.") % {
        "fullest": top,
        "most": percent(most.share),
        "emptiest": bottom,
        "least": percent(least.share),
    }


def doctors_blocks(figures: FigureSet, csv: str, more: str) -> list[Block]:
    """The fullest and the emptiest few; all of them are on a page of their own."""
    rows = [row for row in figures.utilisation().by_doctor if row.use.offered]
    ranked = sorted(rows, key=lambda row: (-(row.use.share or 0), row.name))
    block = partial(Block, csv_url=csv, more_url=more, more=_("All doctors"))
    told = ngettext(
        "%(count)s doctor offered times on these days.", "%(count)s doctors offered times on these days.", len(ranked)
    )
    found = told % {"count": f"{len(ranked):,}"}
    if len(ranked) <= 2 * ENDS_SHOWN:
        table = _doctors_table(_("Utilisation by doctor"), ranked)
        return [block("doctors", _("Utilisation by doctor"), found, table=table)]
    busiest, quietest = _("The busiest doctors"), _("The quietest doctors")
    fullest = _doctors_table(busiest, ranked[:ENDS_SHOWN])
    emptiest = _doctors_table(quietest, ranked[-ENDS_SHOWN:])
    return [
        block("doctors", busiest, found, table=fullest, is_half=True),
        Block("emptiest", quietest, _("Most availability."), table=emptiest, is_half=True),
    ]


def _doctors_table(caption: str, rows: list[DoctorUse]) -> Shown:
    cells = [(row.name, row.department, Share(row.use.share)) for row in rows]
    return shown(caption, [_("Doctor"), _("Department"), _("Utilisation")], cells)


def no_shows_block(figures: FigureSet, csv: str) -> Block:
    found = figures.no_shows()
    visits, missed = sum(row.visits for row in found), sum(row.missed for row in found)
    finding = _("No visits on these days have an outcome yet.")
    if visits:
        told = ngettext(
            "%(share)s of %(count)s visit was missed.", "%(share)s of %(count)s visits were missed.", visits
        )
        finding = told % {"share": percent(missed / visits), "count": f"{visits:,}"}
    rows = [
        Bar(label, row.rate, _share_of(row) if row.visits else NOTHING)
        for label, row in zip(tables.lead_labels(), found, strict=True)
    ]
    explained = _("One bar for each lead time; the longest is the highest rate.")
    drawn = charts.bars(
        name="no-shows-bars",
        title=_("Missed visits by how long ahead they were booked"),
        description=f"{finding} {explained}",
        rows=rows,
        series="missed",
    )
    few = any(0 < row.visits < FEW for row in found)
    table = tables.no_shows(figures)
    return Block(
        name="no-shows",
        heading=_("Missed"),
        finding=finding,
        charts=[drawn] if visits else [],
        table=shown(_("Missed visits by lead time"), table.header, table.rows),
        is_half=True,
        note=_rates_by_chance() if few else "",
        csv_url=csv,
    )


def _share_of(row: Missed) -> str:
    return _("%(share)s of %(count)s") % {"share": percent(row.rate), "count": f"{row.visits:,}"}


def _rates_by_chance() -> str:
    told = ngettext(
        "A rate of fewer than %(count)s visit can be chance.",
        "A rate of fewer than %(count)s visits can be chance.",
        FEW,
    )
    return told % {"count": FEW}


def cancellations_block(figures: FigureSet, csv: str) -> Block:
    found, table = figures.cancellations(), tables.cancellations(figures)
    finding = _("Nothing was cancelled.")
    if found.total:
        told = ngettext(
            "%(count)s appointment cancelled, %(short)s of them less than 24 hours before.",
            "%(count)s appointments cancelled, %(short)s of them less than 24 hours before.",
            found.total,
        )
        finding = told % {"count": f"{found.total:,}", "short": f"{found.short:,}"}
    drawn = charts.bars(
        name="cancellations-bars",
        title=_("Cancelled appointments by who cancelled"),
        description=finding,
        rows=[Bar(label, count, f"{count:,}") for label, count, *rest in table.rows],
        series="cancelled",
    )
    return Block(
        name="cancellations",
        heading=_("Cancellations"),
        finding=finding,
        charts=[drawn] if found.total else [],
        table=shown(_("Cancelled appointments"), table.header, table.rows),
        is_half=True,
        note=_("Moved appointments aren’t included."),
        csv_url=csv,
    )
