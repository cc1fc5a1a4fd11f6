"""The blocks of now: how soon one gets an appointment, who waits, what is stuck."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.formats import long_date
from dashboards.figures import charts, tables
from dashboards.figures.blocks import Block, shown
from dashboards.figures.cells import NOTHING, words
from dashboards.figures.charts import Bar
from dashboards.figures.figure_set import FigureSet
from dashboards.figures.types import Messages

ROWS_SHOWN = 10


def third_next_block(figures: FigureSet, csv: str) -> Block:
    found, table = figures.third_next(), tables.third_next(figures)
    days = [row.days for row in found if row.days is not None]
    finding = _("No doctor has three free times.")
    if days:
        told = _("%(days)s until the third free time: half of the doctors sooner, half later.")
        finding = told % {"days": _days(tables.in_days(days))}
    title = _("Days until the third next available appointment")
    explained = _("One bar a department: the median of its doctors.")
    drawn = charts.bars(
        name="third-next-bars",
        title=title,
        description=f"{finding} {explained}",
        rows=[Bar(name, middle, _days(middle)) for name, middle, *rest in table.rows],
    )
    without = len(found) - len(days)
    return Block(
        name="third-next",
        heading=_("Third next available appointment"),
        finding=finding,
        charts=[drawn] if days else [],
        table=shown(title, table.header, table.rows),
        note=_without_words(without) if without else "",
        csv_url=csv,
    )


def _days(middle: float | None) -> str:
    if middle is None:
        return NOTHING
    # Half a day is between two numbers of days: said with that which has no plural of its own.
    told = ngettext("%(count)s day", "%(count)s days", int(middle)) if middle == int(middle) else _("%(count)s days")
    return told % {"count": words(middle)}


def _without_words(doctors: int) -> str:
    told = ngettext(
        "%(count)s doctor has fewer than three free times.",
        "%(count)s doctors have fewer than three free times.",
        doctors,
    )
    return told % {"count": f"{doctors:,}"}


def waiting_block(figures: FigureSet, csv: str, more: str) -> Block:
    found = figures.waiting()
    people = sum(row.waiting for row in found)
    finding = _("Nobody is waiting.")
    if found:
        since = long_date(min(row.oldest for row in found))
        told = ngettext(
            "%(count)s wish for a free time, the longest since %(since)s.",
            "%(count)s wishes for a free time, the longest since %(since)s.",
            people,
        )
        finding = told % {"count": f"{people:,}", "since": since}
    by_department: dict[str, int] = {}
    for row in found:
        by_department[row.department] = by_department.get(row.department, 0) + row.waiting
    ranked = sorted(by_department.items(), key=lambda item: (-item[1], item[0]))
    explained = _("One bar a department, the longest list first.")
    drawn = charts.bars(
        name="waiting-bars",
        title=_("Waiting list by department"),
        description=f"{finding} {explained}",
        rows=[Bar(name, count, f"{count:,}") for name, count in ranked],
        series="coming",
    )
    table = tables.waiting(figures)
    return Block(
        name="waiting",
        heading=_("Waiting list"),
        finding=finding,
        charts=[drawn] if found else [],
        table=shown(_("The longest waiting lists"), table.header, table.rows[:ROWS_SHOWN]) if found else None,
        csv_url=csv,
        is_half=True,
        more_url=more if len(found) > ROWS_SHOWN else "",
        more=_("All doctors"),
    )


def messages_block(figures: FigureSet, csv: str) -> Block:
    found, table = figures.messages(), tables.messages(figures)
    return Block(
        name="messages",
        heading=_("Messages"),
        finding=_stuck_words(found),
        table=shown(_("E-mails and calendar changes of the whole hospital"), table.header, table.rows),
        is_half=True,
        csv_url=csv,
    )


def _stuck_words(found: Messages) -> str:
    told = []
    if found.failed:
        failed = ngettext("%(count)s message wasn’t delivered", "%(count)s messages weren’t delivered", found.failed)
        told.append(failed % {"count": f"{found.failed:,}"})
    if found.oldest is not None:
        waiting = ngettext(
            "%(count)s message waits, the oldest since %(since)s",
            "%(count)s messages wait, the oldest since %(since)s",
            found.waiting,
        )
        told.append(waiting % {"count": f"{found.waiting:,}", "since": long_date(found.oldest)})
    return f"{'; '.join(told)}." if told else _("Nothing is stuck.")
