"""Sign-in and security: one page for everything about getting in, and the steps it leads to (A6)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.decorators import rate_limit
from allauth.mfa.adapter import get_adapter
from allauth.mfa.recovery_codes.views import (
    DownloadRecoveryCodesView,
    GenerateRecoveryCodesView,
    ViewRecoveryCodesView,
)
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, LoginWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import access
from accounts.requests import SignedInRequest
from accounts.second_factor.security_page import places_of, waits_for_address, ways_in
from accounts.second_factor.services import NEEDED
from accounts.services import (
    ERASED_ERRORS,
    end_all_access,
    end_other_sessions,
    end_session,
    lock_as_seen,
)
from audit import services as audit
from audit.choices import Kind
from core import clock
from core.errors import DomainError, translated
from core.web.refusal_pages import refused_back


@require_safe
def security(request: SignedInRequest) -> HttpResponse:
    """Password, address, second step, passkeys, and where one is signed in."""
    user = request.user
    context = {
        "ways": ways_in(user),
        "held": access.held_by(user),
        "places": places_of(user, key=request.session.session_key),
        "waits_for_address": waits_for_address(user),
    }
    return render(request, "accounts/second_factor/security.html", context)


@require_safe
def second_factor(request: SignedInRequest) -> HttpResponse:
    """allauth's addresses of lists, all of which are on the one page."""
    return redirect("accounts:security")


@require_POST
def end_one(request: SignedInRequest) -> HttpResponse:
    """Sign one other browser out."""
    if end_session(user=request.user, handle=request.POST.get("session", ""), besides=request.session.session_key):
        messages.success(request, _("That browser has been signed out."))
    else:
        messages.info(request, _("That browser was already signed out."))
    return redirect("accounts:security")


@require_POST
def end_others(request: SignedInRequest) -> HttpResponse:
    """Sign every other browser out; with `ends_all`, end all else that has access as well."""
    here, ends_all = request.session.session_key or "", "ends_all" in request.POST
    try:
        if ends_all:
            end_all_access(user=request.user, besides=here, now=clock.now())
        else:
            end_other_sessions(user=request.user, besides=here)
    except DomainError as error:
        return refused_back(request, error, "accounts:security")
    update_session_auth_hash(request, request.user)  # this one goes on
    said = _("Only this browser has access now.") if ends_all else _("You’ve been signed out everywhere else.")
    messages.success(request, said)
    return redirect("accounts:security")


def made_as_seen(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For allauth's pages that make a second step: none comes to be that was asked for before all access was ended."""

    @wraps(view)
    def makes(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST" or not request.user.is_authenticated:
            return view(request, *args, **kwargs)
        with translated(ERASED_ERRORS), transaction.atomic():
            response = view(request, *args, **kwargs)
            lock_as_seen(request.user)
        return response

    return makes


class RemovePasskeyView(RemoveWebAuthnView):
    """allauth's, which keeps the last second step of somebody who needs one."""

    success_url = reverse_lazy("accounts:security")

    def form_valid(self, form: Any) -> HttpResponse:
        if not get_adapter().can_delete_authenticator(self.get_object()):
            messages.error(self.request, NEEDED)
            return redirect("accounts:security")
        response: HttpResponse = super().form_valid(form)
        return response


remove_passkey = RemovePasskeyView.as_view()


class CodesSeen:
    """allauth's pages of recovery codes: shown to nobody before the audit trail says so."""

    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        if context["unused_codes"] and context.get("can_view_codes", True):
            audit.record(Kind.RECOVERY_CODES_SEEN, target=self.request.user)
        return context


class SeeCodesView(CodesSeen, ViewRecoveryCodesView):
    """On the page."""


class DownloadCodesView(CodesSeen, DownloadRecoveryCodesView):
    """As a file."""


# Whoever asks for a challenge is given a session that remembers it: not without end from one place.
login_by_passkey = rate_limit(action="begin_passkey", limit_get=True)(LoginWebAuthnView.as_view())
see_recovery_codes = SeeCodesView.as_view()
download_recovery_codes = DownloadCodesView.as_view()

# Written and looked at in one transaction: a second step that somebody else ends in that moment does not come to be.
add_passkey = made_as_seen(AddWebAuthnView.as_view())
activate_app = made_as_seen(ActivateTOTPView.as_view())
generate_recovery_codes = made_as_seen(GenerateRecoveryCodesView.as_view())
