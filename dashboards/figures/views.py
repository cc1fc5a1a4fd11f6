"""The figures (H2): the page, all doctors one by one, and each figure as a file."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.permissions import Can, may, requires
from audit import services as audit
from audit.choices import Kind
from core import clock
from core.csv_file import csv_response
from dashboards.figures import tables
from dashboards.figures.cells import plain
from dashboards.figures.doctors_page import doctors_page
from dashboards.figures.figure_set import FigureSet
from dashboards.figures.forms import PeriodForm
from dashboards.figures.presenters import figures_page
from doctors.selectors import departments

REFRESH = "refresh"


def _form(request: HttpRequest, now: datetime) -> PeriodForm:
    return PeriodForm(request.GET, departments=departments(), today=clock.hospital_day(now))


def _figures(form: PeriodForm, now: datetime, *, renew: bool = False) -> FigureSet | None:
    """None when the days asked for are none: the page says so beside the field."""
    return FigureSet(form.found_period, form.found_scope, now, renew) if form.is_valid() else None


def _with(address: str, query: dict[str, str]) -> str:
    return f"{address}?{urlencode(query)}" if query else address


@require_safe
@requires(Can.SEE_FIGURES)
def staff(request: HttpRequest) -> HttpResponse:
    """Today, the period, and who waits now. `?refresh=1` computes anew and leads back to the address without it."""
    now = clock.now()
    form = _form(request, now)
    figures = _figures(form, now, renew=REFRESH in request.GET)
    if figures is not None and figures.renew:
        figures.renew_all()
        return redirect(_with(reverse("dashboards:staff"), form.query))
    page = figures_page(figures, form, with_files=may(request.user, Can.EXPORT_LISTS))
    return render(request, "dashboards/staff.html", {"form": form, "page": page})


@require_safe
@requires(Can.SEE_FIGURES)
def staff_doctors(request: HttpRequest) -> HttpResponse:
    """Every doctor's utilisation, third next free time and waiting list, fifty a page, sorted by any of them."""
    now = clock.now()
    form = _form(request, now)
    figures = _figures(form, now)
    if figures is None:
        return redirect(_with(reverse("dashboards:staff"), form.query))
    page = doctors_page(figures, form, request.GET.get("sort", ""), request.GET.get("page", ""))
    return render(request, "dashboards/staff_doctors.html", {"form": form, "page": page})


@require_safe
@requires(Can.SEE_FIGURES)
@requires(Can.EXPORT_LISTS)
def staff_figure(request: HttpRequest, figure: str) -> HttpResponse:
    """One figure as a CSV file; who took it is recorded."""
    if figure not in tables.FILES:
        raise Http404
    now = clock.now()
    form = _form(request, now)
    figures = _figures(form, now)
    if figures is None:
        return redirect(_with(reverse("dashboards:staff"), form.query))
    table = tables.FILES[figure](figures)
    first, last = figures.period.first.isoformat(), figures.period.last.isoformat()
    audit.record(
        Kind.EXPORTED, details={"list": f"figures: {figure}", "rows": len(table.rows), "from": first, "to": last}
    )
    rows = ([plain(value) for value in row] for row in table.rows)
    return csv_response(name=f"{figure}-{first}-to-{last}", header=table.file_header or table.header, rows=rows)  # type: ignore[return-value]
