"""The page an invitation leads to, and the page on which staff send it again (H3)."""

from __future__ import annotations

from functools import partial

from allauth.account.utils import perform_login
from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import selectors
from accounts.invitations import services as invitations
from accounts.invitations.forms import FirstPasswordForm, InviteAgainForm
from accounts.models import User
from accounts.permissions import Can, requires_any
from accounts.presenters import home_path
from accounts.requests import SignedInRequest
from accounts.signing_in.recent_sign_in import ask_for_recent_sign_in
from accounts.staff.selectors import accounts_managed_by
from core import clock
from core.errors import DomainError
from core.web.refusal_pages import form_again

form_page = require_http_methods(["GET", "HEAD", "POST"])


@login_not_required
@never_cache
@rate_limit(action="reset_password_from_key")
@sensitive_post_parameters("password")
@form_page
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Choose the password of an account somebody else has made, and be signed in. Looking changes nothing."""
    now = clock.now()
    found = invitations.open_invitation(token, now)
    if found is None:
        return render(request, "accounts/invitations/gone.html", status=404)
    if request.user.is_authenticated:
        return render(request, "accounts/invitations/signed_in.html", {"invited": found.user})
    form = FirstPasswordForm(request.POST or None, user=found.user)
    page = partial(render, request, "accounts/invitations/invitation.html", {"form": form, "invited": found.user})
    if not form.is_valid():
        return page()
    try:
        user = invitations.accept(token=token, password=form.cleaned_data["password"], now=now)
    except invitations.InvitationGone:
        return render(request, "accounts/invitations/gone.html", status=404)
    except DomainError as error:
        return form_again(error, form, page)
    messages.success(request, _("Your password is set. You can now sign in with it."))
    response: HttpResponse = perform_login(request, user, redirect_url=home_path(user))
    return response


@form_page
@requires_any(Can.MANAGE_DOCTORS, Can.MANAGE_STAFF, Can.MANAGE_PATIENTS)
def invite(request: SignedInRequest, user_id: int) -> HttpResponse:
    """Whether somebody has followed their invitation; send it again, perhaps to another address."""
    user = _invited(request, user_id)
    sent = selectors.invitation_of(user)
    if sent is None or user.has_usable_password() or not user.is_active:
        return render(request, "accounts/invitations/invite_over.html", {"invited": user})
    if request.method == "POST":
        ask_for_recent_sign_in(request)
    form = InviteAgainForm(request.POST or None, user=user, initial={"email": user.email})
    context = {"form": form, "invited": user, "sent": sent, "now": clock.now()}
    page = partial(render, request, "accounts/invitations/invite.html", context)
    if form.is_valid():
        email = form.cleaned_data["email"]
        try:
            invitations.invite_again(user=user, email=email, by=request.user, now=clock.now())
        except DomainError as error:
            return form_again(error, form, page)
        messages.success(
            request,
            _("We’ve sent the invitation to %(email)s. Links sent before no longer work.") % {"email": email},
        )
        return redirect("accounts:invite", user.pk)
    return page()


def _invited(request: SignedInRequest, user_id: int) -> User:
    found = accounts_managed_by(request.user).filter(pk=user_id).first()
    if found is None:
        raise Http404
    return found
