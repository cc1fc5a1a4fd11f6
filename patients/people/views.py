"""People a patient cares for: listed, added, changed (C11). Taking one off is bookings' to decide."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from core import clock
from core.errors import DomainError
from core.web.next_url import safe_next, with_query
from core.web.refusal_pages import form_again
from patients import presenters, selectors
from patients.forms import PersonForm, person_as_typed
from patients.services import add_dependent, update_patient

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@requires(Can.CARE_FOR_PEOPLE)
def people(request: SignedInRequest) -> HttpResponse:
    """Everybody on the list, with what can be done."""
    rows = presenters.people(selectors.people_cared_for(request.user))
    return render(request, "patients/people/list.html", {"people": rows})


@form_page
@requires(Can.CARE_FOR_PEOPLE)
def person_new(request: SignedInRequest) -> HttpResponse:
    """Somebody new. `next`: back to where they were needed, such as a booking."""
    form = PersonForm(request.POST or None, today=clock.hospital_day(clock.now()))
    next_url = safe_next(request)
    page = partial(render, request, "patients/people/new.html", {"form": form, "next_url": next_url})
    if form.is_valid():
        try:
            person = add_dependent(guardian=request.user, **form.facts())
        except DomainError as error:
            return form_again(error, form, page)
        messages.success(
            request,
            _("%(name)s is on your list. You can book appointments for them now.") % {"name": person.full_name},
        )
        return redirect(with_query(next_url, person=str(person.pk)) if next_url else "patients:people")
    return page()


@form_page
@requires(Can.CARE_FOR_PEOPLE)
def person_edit(request: SignedInRequest, person_id: int) -> HttpResponse:
    """Their details; another patient's people read like none at all (A7)."""
    person = selectors.person_cared_for(request.user, person_id)
    if person is None:
        raise Http404
    today = clock.hospital_day(clock.now())
    form = PersonForm(request.POST or None, initial=person_as_typed(person), today=today)
    page = partial(render, request, "patients/people/edit.html", {"form": form, "person": person})
    if form.is_valid():
        data = form.cleaned_data
        try:
            update_patient(patient=person, full_name=data["full_name"], phone=data["phone"], profile=form.details())
        except DomainError as error:
            return form_again(error, form, page)
        messages.success(request, _("The details of %(name)s are saved.") % {"name": data["full_name"]})
        return redirect("patients:people")
    return page()
