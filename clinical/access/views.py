"""Who has looked at a patient's records, and reading them in an emergency (F2)."""

from __future__ import annotations

from functools import partial

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Can, may
from accounts.requests import SignedInRequest
from clinical.access.forms import EmergencyForm
from clinical.access.presenters import reading_row
from clinical.access.selectors import readings_of
from clinical.history.page import person_tabs
from clinical.links import history_url, own_records_url
from clinical.services.emergency import TooManyEmergencyTries, open_emergency_access
from clinical.shortcuts import chosen_person
from core import clock
from core.errors import DomainError
from core.formats import clock_time
from core.web.refusal_pages import form_again

PAGE_SIZE = 20


@require_safe
def access(request: SignedInRequest) -> HttpResponse:
    """`?person=` one of those cared for. Nothing of a record is on it, so that it leaves no row itself."""
    person, people, _capacity = chosen_person(request)
    page = Paginator(readings_of(person), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "readings": [reading_row(entry, request.user) for entry in page],
        "tabs": person_tabs(person, people, viewer=request.user, page="clinical:access"),
        "records_url": own_records_url(person),
    }
    return render(request, "clinical/access/readings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def emergency(request: SignedInRequest) -> HttpResponse:
    """Opens a patient's history for an hour. There is no such page where the hospital does not allow it."""
    if not settings.EMERGENCY_ACCESS or not may(request.user, Can.WRITE_RECORDS):
        raise Http404
    now = clock.now()
    form = EmergencyForm(request.POST if request.method == "POST" else None)
    page = partial(render, request, "clinical/access/emergency.html", {"form": form})
    if not form.is_valid():
        return page()
    try:
        if not ratelimit.consume(request, action="emergency_access", key=str(request.user.pk)):
            raise TooManyEmergencyTries
        patient, opened = open_emergency_access(**form.cleaned_data, by=request.user, now=now)
    except DomainError as error:
        return form_again(error, form, page)
    if opened is None:
        messages.info(request, _("You treat this patient, so you don’t need emergency access."))
    else:
        messages.warning(
            request,
            _("You can read these records until %(time)s. The patient is told, and an administrator will check it.")
            % {"time": clock_time(opened.until)},
        )
    return redirect(history_url(patient))
