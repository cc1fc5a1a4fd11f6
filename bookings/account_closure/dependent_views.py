"""Taking somebody off the list of people one cares for."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import Can, requires
from accounts.requests import SignedInRequest
from bookings.account_closure.dependents import remove_person
from core import clock
from core.errors import DomainError
from patients.selectors import person_cared_for


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Can.CARE_FOR_PEOPLE)
def person_remove(request: SignedInRequest, person_id: int) -> HttpResponse:
    """The interruption page; POST removes, unless something is booked for them."""
    person = person_cared_for(request.user, person_id)
    if person is None:
        raise Http404
    if request.method != "POST":
        return render(request, "bookings/account_closure/dependent_remove.html", {"person": person})
    try:
        remove_person(person=person, by=request.user, now=clock.now())
    except DomainError as error:
        messages.error(
            request, _("%(name)s stays on your list. %(why)s") % {"name": person.full_name, "why": error.message}
        )
    else:
        messages.success(request, _("%(name)s has been removed from your list.") % {"name": person.full_name})
    return redirect("patients:people")
