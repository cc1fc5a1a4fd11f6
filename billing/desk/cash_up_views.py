"""A day's money at the desk, to count the till by."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_safe

from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from audit import services as audit
from audit.choices import Kind
from billing.desk.cash_up_page import CSV_HEADER, Movement, cash_up_page, csv_row, movements_of
from billing.desk.filter_forms import CashUpForm
from billing.selectors import payments_within, refunds_within
from core import clock
from core.clock import hospital_day, start_of_day
from core.csv_file import csv_response
from core.intervals import A_DAY


@require_safe
@requires(Can.RUN_BILLING)
def cash_up(request: SignedInRequest) -> HttpResponse:
    """`?day=`, today without."""
    day, form = _day(request)
    movements = _movements(request, day)
    audit.personal_data_read((movement.invoice.patient for movement in movements), what="cash-up of a day")
    context = {"page": cash_up_page(day, movements), "form": form}
    return render(request, "billing/desk/cash_up.html", context)


@require_GET
@requires(Can.RUN_BILLING)
def cash_up_csv(request: SignedInRequest) -> HttpResponse:
    """The same rows as a file. Whoever counts the till takes it along: it needs no right to take lists away."""
    day, _form = _day(request)
    movements = _movements(request, day)
    audit.record(
        Kind.EXPORTED,
        details={"list": "cash-up", "rows": len(movements), "day": day.isoformat()},
        about=[movement.invoice.patient for movement in movements],
    )
    rows = [csv_row(movement) for movement in movements]
    return csv_response(name=f"cash-up-{day.isoformat()}", header=CSV_HEADER, rows=rows)  # type: ignore[return-value]


def _day(request: SignedInRequest) -> tuple[date, CashUpForm]:
    today = hospital_day(clock.now())
    form = CashUpForm(request.GET if request.GET.get("day") else {"day": today.isoformat()})
    day = form.cleaned_data["day"] if form.is_valid() else None
    return day or today, form


def _movements(request: SignedInRequest, day: date) -> list[Movement]:
    start, end = start_of_day(day), start_of_day(day + A_DAY)
    return movements_of(payments_within(request.user, start, end), refunds_within(request.user, start, end))
