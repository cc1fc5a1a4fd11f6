"""The desk's list of invoices, and drafts issued from it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Can, may, requires
from accounts.requests import SignedInRequest
from audit import services as audit
from billing.choices import InvoiceState
from billing.desk.choices import InvoiceFilters
from billing.desk.filter_forms import InvoiceFilterForm
from billing.desk.list_page import list_page, list_url
from billing.desk.selectors import DRAFTS_PAGE_SIZE, desk_part, doctor_choices, drafts_count, drafts_of
from billing.seen import read_seen
from billing.services.bulk import BulkResult, issue_many
from core import clock
from core.clock import hospital_day


@require_safe
@requires(Can.SEE_INVOICES)
def invoices(request: SignedInRequest) -> HttpResponse:
    """`?state= &method= &doctor= &age= &q= &after=`, newest first."""
    now, after = clock.now(), request.GET.get("after", "")
    form = InvoiceFilterForm(request.GET, doctors=doctor_choices(request.user))
    filters = form.filters()
    part = desk_part(request.user, filters, now, after=after)
    audit.personal_data_read((invoice.patient for invoice in part.rows), what="list of invoices")
    page = list_page(
        part,
        filters,
        may_run=may(request.user, Can.RUN_BILLING),
        drafts=drafts_count(request.user),
        is_first=not after,
        today=hospital_day(now),
    )
    return render(request, "billing/desk/list.html", {"page": page, "form": form})


@require_POST
@requires(Can.RUN_BILLING)
def issue_selected(request: SignedInRequest) -> HttpResponse:
    """The drafts that were ticked, each as it was seen."""
    seen = read_seen(request.POST.getlist("draft")[:DRAFTS_PAGE_SIZE])
    if seen:
        drafts = drafts_of(request.user, list(seen))
        _tell(request, issue_many(invoices=drafts, revisions=seen, by=request.user, now=clock.now()), len(seen))
    else:
        messages.error(request, _("Choose the drafts to issue first."))
    return redirect(list_url(InvoiceFilters(state=InvoiceState.DRAFT)))


def _tell(request: SignedInRequest, result: BulkResult, asked: int) -> None:
    if count := len(result.issued):
        first, last = result.issued[0].number, result.issued[-1].number
        facts = {"count": count, "numbers": first if count == 1 else f"{first} – {last}"}
        messages.success(
            request,
            ngettext("%(count)s invoice is issued: %(numbers)s.", "%(count)s invoices are issued: %(numbers)s.", count)
            % facts,
        )
    for invoice, error in result.refused:
        facts = {"name": invoice.patient.full_name, "why": error.message}
        messages.error(request, _("The draft for %(name)s isn’t issued. %(why)s") % facts)
    if gone := asked - len(result.issued) - len(result.refused):
        messages.error(
            request,
            ngettext("%(count)s draft isn’t there any more.", "%(count)s drafts aren’t there any more.", gone)
            % {"count": gone},
        )
