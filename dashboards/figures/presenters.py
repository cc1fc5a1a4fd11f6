"""Words and links of the figures page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.formats import from_to, long_date
from dashboards.figures import now_blocks, period_blocks, tables
from dashboards.figures.blocks import Block
from dashboards.figures.figure_set import FigureSet
from dashboards.figures.forms import PeriodForm
from dashboards.figures.jobs_block import jobs_block
from dashboards.figures.periods import LABELS, Choice, Period
from dashboards.figures.revenue_blocks import revenue_blocks


@dataclass(frozen=True, slots=True)
class Tile:
    label: str
    figure: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A few words, and where more of it stands."""

    words: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class FiguresPage:
    """`tabs` choose the period; the rest is empty when the days asked for are none."""

    tabs: list[dict[str, Any]]
    is_custom: bool
    where: str = ""
    when: str = ""
    as_of: datetime | None = None
    refresh_url: str = ""
    today: list[Tile] = field(default_factory=list)
    people: list[Fact] = field(default_factory=list)
    of_period: list[Block] = field(default_factory=list)
    of_money: list[Block] = field(default_factory=list)
    of_now: list[Block] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)


def figures_page(figures: FigureSet | None, form: PeriodForm, *, with_files: bool) -> FiguresPage:
    """All of the page. `with_files`: whoever looks may take the figures away."""
    is_custom = form.data["period"] == Choice.CUSTOM
    if figures is None:
        return FiguresPage(tabs=period_tabs(form, None), is_custom=is_custom)
    department = form.found_department
    csv = csv_links(form.query) if with_files else dict.fromkeys(tables.FILES, "")
    doctors = _address(reverse("dashboards:staff_doctors"), form.query)
    today, people = today_tiles(figures), people_facts(figures)
    of_period = [
        period_blocks.appointments_block(figures, csv["appointments"]),
        period_blocks.utilisation_block(figures, csv["utilisation"]),
        period_blocks.departments_block(figures, csv["departments"]),
        *period_blocks.doctors_blocks(figures, csv["doctors"], doctors),
        period_blocks.no_shows_block(figures, csv["no-shows"]),
        period_blocks.cancellations_block(figures, csv["cancellations"]),
    ]
    of_money = revenue_blocks(figures, csv)
    jobs, alarms = jobs_block(now=figures.now)
    of_now = [
        now_blocks.third_next_block(figures, csv["third-next"]),
        now_blocks.waiting_block(figures, csv["waiting"], doctors),
        now_blocks.messages_block(figures, csv["messages"]),
        jobs,
    ]
    return FiguresPage(
        tabs=period_tabs(form, figures),
        is_custom=is_custom,
        where=department.name if department else _("Whole hospital"),
        when=period_words(figures.period),
        as_of=figures.oldest,
        refresh_url=_address("", {**form.query, "refresh": "1"}),
        today=today,
        people=people,
        of_period=of_period,
        of_money=of_money,
        of_now=of_now,
        alarms=alarms,
    )


def period_words(period: Period) -> str:
    first, last = long_date(period.first), long_date(period.last)
    return first if period.length == 1 else from_to(first, last)


def period_tabs(form: PeriodForm, figures: FigureSet | None) -> list[dict[str, Any]]:
    """The periods by name, the department kept. "Other dates" begins with the days shown now."""
    department = str(form.data.get("department", ""))
    now = {"from": figures.period.first, "to": figures.period.last} if figures else {}
    tabs = []
    for choice, label in LABELS.items():
        query = {"period": choice.value, **(now if choice == Choice.CUSTOM else {}), "department": department}
        address = urlencode({name: value for name, value in query.items() if value})
        tabs.append({"label": label, "url": f"?{address}", "is_current": form.data["period"] == choice, "count": None})
    return tabs


def today_tiles(figures: FigureSet) -> list[Tile]:
    found = figures.glance()
    numbers = [
        (_("Upcoming"), found.visits.coming),
        (_("Arrived"), found.visits.arrived),
        (_("Seen"), found.visits.done),
        (_("Missed"), found.visits.missed),
        (_("Cancelled"), found.visits.cancelled),
        (_("Doctors today"), found.doctors_at_work),
        (_("Free times left"), found.free_times_left),
    ]
    return [Tile(label, f"{number:,}") for label, number in numbers]


def people_facts(figures: FigureSet) -> list[Fact]:
    found = figures.glance()
    to_approve = f"{reverse('admin:doctors_doctorprofile_changelist')}?licence=waiting"
    patients = ngettext("%(count)s patient", "%(count)s patients", found.patients)
    listed = ngettext("%(count)s doctor patients can see", "%(count)s doctors patients can see", found.listed_doctors)
    waiting = ngettext(
        "%(count)s doctor waits for approval", "%(count)s doctors wait for approval", found.doctors_to_approve
    )
    return [
        Fact(patients % {"count": f"{found.patients:,}"}),
        Fact(listed % {"count": f"{found.listed_doctors:,}"}),
        Fact(
            waiting % {"count": f"{found.doctors_to_approve:,}"},
            to_approve if found.doctors_to_approve else "",
        ),
    ]


def csv_links(query: dict[str, str]) -> dict[str, str]:
    """The address of each file, for the same days and department."""
    return {name: _address(reverse("dashboards:staff_figure", args=[name]), query) for name in tables.FILES}


def _address(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
