"""Pages about one's account that are the same for every role."""

from __future__ import annotations

from functools import partial
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.views import ConfirmEmailView as AllauthConfirmEmailView
from allauth.account.views import LoginView as AllauthLoginView
from allauth.decorators import rate_limit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.forms import EmailForm, StaffDetailsForm
from accounts.permissions import Can, requires
from accounts.presenters import home_path
from accounts.requests import SignedInRequest
from accounts.selectors import proposed_addresses
from accounts.services import address_of, update_account, withdraw_proposed_email
from accounts.signing_in.confirmation import change_address, send_link, take_destination, verify_path
from accounts.signing_in.overload import ask_to_come_back
from accounts.signing_in.signup import continue_signup, is_waiting, send_again, signup_links, signup_page, waiting_page
from core.errors import DomainError, Overloaded
from core.web.next_url import safe_next
from core.web.refusal_pages import form_again

SENT = _("We’ve sent the message again.")
SENT_JUST_NOW = _("We’ve already sent you one. Give it a minute to arrive, then ask again.")

form_page = require_http_methods(["GET", "HEAD", "POST"])


class LoginView(AllauthLoginView):
    """allauth's, without the `site` it would put in place of ours, and calm when everybody comes at once."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response: HttpResponse = super().post(request, *args, **kwargs)
        except Overloaded:
            return ask_to_come_back(request)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context.pop("site", None)
        timed_out = "timed_out" in self.request.GET
        ours = {
            "timed_out": timed_out,
            "kept": "kept" in self.request.GET,
            "demo_logins": getattr(settings, "DEMO_LOGINS", ()),
        }
        return {**context, **signup_links(self.request), **ours}


login = LoginView.as_view()


@require_safe
@signup_page
def signup_choice(request: SignedInRequest) -> HttpResponse:
    """Patient or doctor? The chosen time (`next`) travels along."""
    return render(request, "accounts/signing_in/signup_choice.html", signup_links(request))


class ConfirmEmailView(AllauthConfirmEmailView):
    """allauth's; who signed up in this very browser is signed in and led on."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(*args, **kwargs)
        return continue_signup(self.request) or response


confirm_email = ConfirmEmailView.as_view()


@form_page
@login_not_required
@never_cache
def signup_sent(request: HttpRequest) -> HttpResponse:
    """ "Check your e-mail", for a known address as for a new one. POST goes on once the link was followed, `again`
    sends it once more; the open page asks by itself.
    """
    if request.user.is_authenticated or not is_waiting(request):
        return redirect(home_path(request.user) if request.user.is_authenticated else reverse("account_login"))
    if "again" in request.POST:
        sent = send_again(request)
        messages.add_message(request, messages.SUCCESS if sent else messages.WARNING, SENT if sent else SENT_JUST_NOW)
        return redirect("accounts:signup_sent")
    if request.method == "POST":
        return _signed_in_or_not_yet(request)
    about = {"was_asked": "asked" in request.GET, "has_inbox": bool(settings.LOCAL_INBOX)}
    return render(request, "accounts/signing_in/signup_sent.html", waiting_page(request) | about)


def _signed_in_or_not_yet(request: HttpRequest) -> HttpResponse:
    response = continue_signup(request)
    if not request.htmx:
        return response or redirect(reverse("accounts:signup_sent") + "?asked=yes")
    if response is None:
        return HttpResponse(status=204)  # not yet: the page stays as it is
    onward = HttpResponseClientRedirect(response["Location"])
    onward.cookies = response.cookies
    return onward


@form_page
@requires(Can.EDIT_STAFF_DETAILS)
def me(request: SignedInRequest) -> HttpResponse:
    """Name and phone of a member of staff."""
    user = request.user
    form = StaffDetailsForm(request.POST or None, initial={"full_name": user.full_name, "phone": user.phone})
    page = partial(render, request, "accounts/me.html", {"form": form})
    if form.is_valid():
        try:
            update_account(user=user, **form.cleaned_data)
        except DomainError as error:
            return form_again(error, form, page)
        messages.success(request, gettext("Your details are saved."))
        return redirect("accounts:me")
    return page()


@form_page
@reauthentication_required
@rate_limit(action="manage_email")
def email(request: SignedInRequest) -> HttpResponse:
    """Another e-mail address, for who has just given the password."""
    form = EmailForm(request.POST or None, user=request.user)
    if form.is_valid():
        try:
            sent = change_address(request, user=request.user, email=form.cleaned_data["email"])
        except DomainError as error:
            return form_again(error, form, partial(_email_page, request, form))
        _say_if_not_sent(request, sent=sent)
        return redirect(safe_next(request) or reverse("dashboards:profile"))
    return _email_page(request, form)


def _email_page(request: SignedInRequest, form: EmailForm) -> HttpResponse:
    proposed = proposed_addresses(request.user).first()
    return render(request, "accounts/email.html", {"form": form, "proposed": proposed, "next_url": safe_next(request)})


@require_POST
@reauthentication_required
@rate_limit(action="manage_email")
def proposed_email(request: SignedInRequest) -> HttpResponse:
    """The new address that is not confirmed yet: send its link again, or stay with the old one (`keep`)."""
    proposed = proposed_addresses(request.user).first()
    if "keep" in request.POST:
        withdraw_proposed_email(user=request.user)
        messages.success(request, gettext("Your e-mail address stays as it is."))
    elif proposed:
        _say_if_not_sent(request, sent=send_link(request, proposed))
    return redirect("accounts:email")


@form_page
def verify(request: SignedInRequest) -> HttpResponse:
    """Confirm your address first: waits for the link to be followed, then goes on to `next`. POST sends it again."""
    user, wanted = request.user, safe_next(request)
    if user.email_verified:
        kept = take_destination(request)
        return _go_on(request, wanted or kept or home_path(user))
    proposed = proposed_addresses(user).first()
    if request.method == "POST":
        _say_if_not_sent(request, sent=send_link(request, proposed or address_of(user)))
        return redirect(verify_path(wanted))
    if request.htmx:
        return HttpResponse(status=204)  # not yet: the page stays as it is
    context = {
        "here": verify_path(wanted),
        "next_url": wanted,
        "was_asked": "asked" in request.GET,
        "address": proposed.email if proposed else user.email,
        "has_inbox": bool(settings.LOCAL_INBOX),
    }
    return render(request, "accounts/signing_in/verify.html", context)


def _go_on(request: SignedInRequest, destination: str) -> HttpResponse:
    return HttpResponseClientRedirect(destination) if request.htmx else redirect(destination)


def _say_if_not_sent(request: SignedInRequest, *, sent: bool) -> None:
    if not sent:
        messages.warning(request, SENT_JUST_NOW)
