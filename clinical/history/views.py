"""All records of one patient: their own, or of whom they care for; for the doctors who treat them, the history (F2)."""

from __future__ import annotations

from datetime import datetime

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import SignedInRequest
from clinical import selectors
from clinical.choices import Capacity, ReadChannel
from clinical.history.page import history_page, own_page
from clinical.presenters import record_card
from clinical.read_trail import record_read
from clinical.shortcuts import chosen_person
from core import clock
from patients.models import PatientProfile

PAGE_SIZE = 10


@require_safe
def records(request: SignedInRequest) -> HttpResponse:
    """`?person=` one of those cared for; the reader themselves without."""
    now = clock.now()
    person, people, capacity = chosen_person(request)
    page = own_page(person, people, viewer=request.user)
    return _list(request, person, capacity, now, template="clinical/history/records.html", context={"page": page})


@require_safe
def history(request: SignedInRequest, patient_id: int) -> HttpResponse:
    """For doctors who treat the patient; whoever else asks finds nothing (A7)."""
    now = clock.now()
    found = selectors.patient_treated_by(request.user, patient_id, now)
    if found is None:
        raise Http404
    patient, capacity = found
    page = history_page(patient, capacity, now)
    return _list(request, patient, capacity, now, template="clinical/history/history.html", context={"page": page})


def _list(
    request: SignedInRequest,
    patient: PatientProfile,
    capacity: Capacity,
    now: datetime,
    *,
    template: str,
    context: dict[str, object],
) -> HttpResponse:
    found = selectors.with_versions(selectors.newest_first(selectors.records_visible_to(request.user, now), patient))
    rows = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    record_read(patient, list(rows), viewer=request.user, capacity=capacity, channel=ReadChannel.PAGE)
    cards = [record_card(record) for record in rows]
    return render(request, template, {**context, "cards": cards, "rows": rows})
