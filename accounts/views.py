"""Pages about one's account that are the same for every role."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.views import LoginView as AllauthLoginView
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import EmailForm, StaffDetailsForm
from accounts.permissions import Can, requires
from accounts.services import change_email, update_account
from accounts.signup import signup_links, signup_page
from core.errors import DomainError

form_page = require_http_methods(["GET", "HEAD", "POST"])


class LoginView(AllauthLoginView):
    """allauth's, without the `site` it would put in place of ours."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context.pop("site", None)
        return {**context, **signup_links(self.request)}


login = LoginView.as_view()


@require_safe
@signup_page
def signup_choice(request: HttpRequest) -> HttpResponse:
    """Patient or doctor? The chosen time (`next`) travels along."""
    return render(request, "accounts/signup_choice.html", signup_links(request))


@require_safe
@login_not_required
def password_help(request: HttpRequest) -> HttpResponse:
    """Stands where allauth would send mail, until the hospital sends any: says whom to phone."""
    return render(request, "accounts/password_help.html")


@form_page
@requires(Can.EDIT_STAFF_DETAILS)
def me(request: HttpRequest) -> HttpResponse:
    """Name and phone of a member of staff."""
    user = request.user
    form = StaffDetailsForm(request.POST or None, initial={"full_name": user.full_name, "phone": user.phone})
    if form.is_valid():
        update_account(user=user, **form.cleaned_data)
        messages.success(request, "Your details are saved.")
        return redirect("accounts:me")
    return render(request, "accounts/me.html", {"form": form})


@form_page
@reauthentication_required
def email(request: HttpRequest) -> HttpResponse:
    """Another e-mail address, for who has just given the password."""
    form = EmailForm(request.POST or None, user=request.user)
    if form.is_valid():
        try:
            change_email(user=request.user, email=form.cleaned_data["email"])
        except DomainError as error:
            form.add_domain_error(error)
        else:
            messages.success(request, "Your e-mail address is changed. Use it to sign in from now on.")
            return redirect("dashboards:profile")
    return render(request, "accounts/email.html", {"form": form})
