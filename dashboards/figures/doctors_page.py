"""All doctors with their figures, sorted and in pages: a thousand of them are no list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dashboards.figures import tables
from dashboards.figures.blocks import Shown, shown
from dashboards.figures.figure_set import FigureSet
from dashboards.figures.forms import PeriodForm
from dashboards.figures.presenters import period_words
from dashboards.figures.tables import DoctorRow

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ON_A_PAGE = 50
_LAST = 1_000_000  # days: who has no third free time comes after everybody who has one

SORTS: dict[str, tuple[StrOrPromise, Callable[[DoctorRow], Any]]] = {
    "fullest": (_("Busiest first"), lambda row: (row.use.share is None, -(row.use.share or 0))),
    "emptiest": (_("Quietest first"), lambda row: (row.use.share is None, row.use.share or 0)),
    "longest-way": (
        _("Longest wait for a free time"),
        lambda row: -(_LAST if row.third_next is None else row.third_next),
    ),
    "waiting": (_("Longest waiting list"), lambda row: -row.waiting),
    "name": (_("By name"), lambda row: 0),
}
USUAL = "fullest"


@dataclass(frozen=True, slots=True)
class DoctorsPage:
    where: str
    when: str
    sorts: list[dict[str, Any]]
    table: Shown
    pages: Page[DoctorRow]
    count: int
    back_url: str


def doctors_page(figures: FigureSet, form: PeriodForm, sort: str, number: str) -> DoctorsPage:
    """One page of the doctors in the order `sort`; an unknown order is the usual one, too late a page the last."""
    sort = sort if sort in SORTS else USUAL
    rows = sorted(tables.doctor_rows(figures), key=SORTS[sort][1])
    pages = Paginator(rows, ON_A_PAGE).get_page(number)
    department = form.found_department
    return DoctorsPage(
        where=department.name if department else gettext("Whole hospital"),
        when=period_words(figures.period),
        sorts=[_sort_tab(form, key, is_current=key == sort) for key in SORTS],
        table=shown(gettext("Doctors"), tables.doctor_header(), [tables.doctor_cells(row) for row in pages]),
        pages=pages,
        count=len(rows),
        back_url=_address(reverse("dashboards:staff"), form.query),
    )


def _sort_tab(form: PeriodForm, key: str, *, is_current: bool) -> dict[str, Any]:
    query = form.query | ({"sort": key} if key != USUAL else {})
    return {"label": SORTS[key][0], "url": _address("", query) or "?", "is_current": is_current, "count": None}


def _address(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
