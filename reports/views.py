"""A doctor's own months: the list, one of them, and the same as a file (D5)."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from reports.models import MonthlyReport
from reports.pdf import file_name, report_pdf
from reports.presenters import report_page, report_years
from reports.selectors import report_of, reports_visible_to


@require_safe
@requires(Can.SEE_OWN_CLINIC)
def reports(request: SignedInRequest) -> HttpResponse:
    """All months there is a report of: twelve a year, so never too many for one page."""
    return render(request, "reports/reports.html", {"years": report_years(reports_visible_to(request.user))})


@require_safe
@requires(Can.SEE_OWN_CLINIC)
def report(request: SignedInRequest, month: date) -> HttpResponse:
    return render(request, "reports/report.html", {"page": report_page(_own(request, month))})


@require_safe
@requires(Can.SEE_OWN_CLINIC)
def pdf(request: SignedInRequest, month: date) -> HttpResponse:
    found = _own(request, month)
    response = HttpResponse(report_pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{file_name(found)}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _own(request: SignedInRequest, month: date) -> MonthlyReport:
    """The reader's own report of a month. Raises Http404 where there is none."""
    found = report_of(request.user, month)
    if found is None:
        raise Http404
    return found
