"""What the sign-up pages of patients and doctors share, so that each is thin.

@signup_page
def signup(request):
    form = PatientSignUpForm(request.POST or None, today=...)
    if form.is_valid():
        try:
            patient = register_patient(**form.facts(), now=clock.now())
        except DomainError as error:
            form.add_domain_error(error)
        else:
            return finish_signup(request=request, user=patient.user)
    return render(request, "patients/signup.html", {"form": form, **signup_links(request)})
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from allauth.account.utils import complete_signup
from allauth.decorators import rate_limit
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.models import User
from accounts.presenters import home_path
from core.next_url import safe_next

View = Callable[..., HttpResponse]


def signup_page(view: View) -> View:
    """View decorator: open to everyone, limited per address, never cached; who is signed in goes on at once."""

    @login_not_required
    @never_cache
    @rate_limit(action="signup")
    @sensitive_post_parameters("password")
    @wraps(view)
    def page(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect(safe_next(request, home_path(request.user)))
        return view(request, *args, **kwargs)

    return page


def finish_signup(*, request: HttpRequest, user: User) -> HttpResponse:
    """Sign the new person in through allauth and send them on: to a safe `next`, else to their dashboard.

    allauth gives the session a new key, and will ask for verification of the e-mail once that is on.
    """
    destination = safe_next(request, "") or None
    response: HttpResponse = complete_signup(request, user, None, destination)
    return response


def signup_links(request: HttpRequest) -> dict[str, str]:
    """`next_url` for the form, and the other pages of the way in, each keeping it."""
    wanted = safe_next(request)
    query = f"?{urlencode({'next': wanted})}" if wanted else ""
    return {
        "next_url": wanted,
        "login_url": reverse("account_login") + query,
        "patient_signup_url": reverse("patients:signup") + query,
        "doctor_signup_url": reverse("doctors:signup") + query,
    }
