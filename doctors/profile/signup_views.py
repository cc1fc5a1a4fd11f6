"""A doctor's own account."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.signing_in.signup import sign_up, signup_links, signup_page
from core import clock
from core.errors import DomainError
from core.web.refusal_pages import form_again
from doctors.profile.forms import DoctorSignUpForm
from doctors.services import register_doctor

WELCOME = _("Your account is ready. You can set up your diary now.")


@require_http_methods(["GET", "HEAD", "POST"])
@signup_page
def signup(request: HttpRequest) -> HttpResponse:
    """A doctor's account and profile. The role is this page's: nothing posted can make it another (A2, A4)."""
    form = DoctorSignUpForm(request.POST or None)
    page = partial(render, request, "doctors/profile/signup.html", {"form": form, **signup_links(request)})
    if form.is_valid():
        try:
            return sign_up(request=request, facts=form.facts(), register=register_doctor, now=clock.now(), said=WELCOME)
        except DomainError as error:
            return form_again(error, form, page)
    return page()
