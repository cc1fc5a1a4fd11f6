"""A doctor's own account."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.signup import finish_signup, signup_links, signup_page
from core import clock
from core.errors import DomainError
from doctors.forms import DoctorSignUpForm
from doctors.services import register_doctor


@require_http_methods(["GET", "HEAD", "POST"])
@signup_page
def signup(request: HttpRequest) -> HttpResponse:
    """A doctor's account and profile. The role is this page's: nothing posted can make it another (A2, A4)."""
    form = DoctorSignUpForm(request.POST or None)
    if form.is_valid():
        try:
            doctor = register_doctor(**form.facts(), now=clock.now())
        except DomainError as error:
            form.add_domain_error(error)
        else:
            messages.success(request, "Your account is ready. You can set up your diary now.")
            return finish_signup(request=request, user=doctor.user)
    return render(request, "doctors/signup.html", {"form": form, **signup_links(request)})
