"""The blocks of now: how soon one gets an appointment, who waits, what is stuck."""

from __future__ import annotations

from django.utils.translation import gettext

from core.formats import long_date
from dashboards.figures import charts, tables
from dashboards.figures.blocks import Block, counted, shown
from dashboards.figures.charts import Bar
from dashboards.figures.figure_set import FigureSet
from dashboards.figures.tables import NOTHING, words

ROWS_SHOWN = 10


def third_next_block(figures: FigureSet, csv: str) -> Block:
    found, table = figures.third_next(), tables.third_next(figures)
    days = [row.days for row in found if row.days is not None]
    finding = "No doctor has three free times."
    if days:
        finding = f"{_days(tables.in_days(days))} until the third free time: half of the doctors sooner, half later."
    drawn = charts.bars(
        name="third-next-bars",
        title="Days until the third next available appointment",
        description=f"{finding} One bar a department: the median of its doctors.",
        rows=[Bar(name, middle, _days(middle)) for name, middle, *_ in table.rows],
    )
    without = len(found) - len(days)
    return Block(
        name="third-next",
        heading=gettext("Third next available appointment"),
        finding=finding,
        charts=[drawn] if days else [],
        table=shown("Days until the third next available appointment", table.header, table.rows),
        note=f"{counted(without, 'doctor has', 'doctors have')} fewer than three free times." if without else "",
        csv_url=csv,
    )


def _days(middle: float | None) -> str:
    return NOTHING if middle is None else f"{words(middle)} {'day' if middle == 1 else 'days'}"


def waiting_block(figures: FigureSet, csv: str, more: str) -> Block:
    found = figures.waiting()
    people = sum(row.waiting for row in found)
    finding = "Nobody is waiting."
    if found:
        since = long_date(min(row.oldest for row in found))
        finding = f"{counted(people, 'wish', 'wishes')} for a free time, the longest since {since}."
    by_department: dict[str, int] = {}
    for row in found:
        by_department[row.department] = by_department.get(row.department, 0) + row.waiting
    ranked = sorted(by_department.items(), key=lambda item: (-item[1], item[0]))
    drawn = charts.bars(
        name="waiting-bars",
        title="Waiting list by department",
        description=f"{finding} One bar a department, the longest list first.",
        rows=[Bar(name, count, f"{count:,}") for name, count in ranked],
        series="coming",
    )
    table = tables.waiting(figures)
    return Block(
        name="waiting",
        heading=gettext("Waiting list"),
        finding=finding,
        charts=[drawn] if found else [],
        table=shown("The longest waiting lists", table.header, table.rows[:ROWS_SHOWN]) if found else None,
        csv_url=csv,
        is_half=True,
        more_url=more if len(found) > ROWS_SHOWN else "",
        more="All doctors",
    )


def messages_block(figures: FigureSet, csv: str) -> Block:
    found, table = figures.messages(), tables.messages(figures)
    said = [counted(found.failed, "message wasn’t delivered", "messages weren’t delivered")] if found.failed else []
    if found.oldest is not None:
        waits = counted(found.waiting, "message waits", "messages wait")
        said.append(f"{waits}, the oldest since {long_date(found.oldest)}")
    return Block(
        name="messages",
        heading=gettext("Messages"),
        finding=f"{'; '.join(said)}." if said else "Nothing is stuck.",
        table=shown("E-mails and calendar changes of the whole hospital", table.header, table.rows),
        is_half=True,
        csv_url=csv,
    )
