"""What a doctor changes about themselves."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Can, requires
from core.errors import DomainError
from core.web.next_url import safe_next
from core.web.refusal_pages import form_again
from doctors.profile.forms import DoctorProfileForm, as_typed
from doctors.services import set_accepting, update_doctor
from doctors.shortcuts import own_profile

_ANSWERS = {"yes": True, "no": False}


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Can.EDIT_DOCTOR_PROFILE)
def edit_profile(request: HttpRequest) -> HttpResponse:
    """Name, phone and what patients read (A8). The licence number is shown; only staff change it."""
    doctor = own_profile(request)
    form = DoctorProfileForm(request.POST or None, initial=as_typed(doctor))
    page = partial(render, request, "doctors/profile/edit.html", {"form": form, "doctor": doctor})
    if form.is_valid():
        try:
            update_doctor(doctor=doctor, **form.facts())
        except DomainError as error:
            return form_again(error, form, page)
        messages.success(request, _("Your details are saved."))
        return redirect("doctors:edit_profile")
    return page()


@require_POST
@requires(Can.MANAGE_DIARY)
def accepting(request: HttpRequest) -> HttpResponse:
    """Open or close one's diary for new bookings (B7)."""
    answer = _ANSWERS.get(request.POST.get("is_accepting", ""))
    if answer is None:
        raise BadRequest("is_accepting must be yes or no")
    set_accepting(doctor=own_profile(request), is_accepting=answer)
    open_again, closed = _("Patients can book your free times again."), _("You’re not accepting bookings now.")
    messages.success(request, open_again if answer else closed)
    return redirect(safe_next(request, reverse("doctors:availability")))
