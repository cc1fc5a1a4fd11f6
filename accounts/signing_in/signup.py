"""What the sign-up pages of patients and doctors share, so that each is thin.

@signup_page
def signup(request):
    form = PatientSignUpForm(request.POST or None, today=...)
    page = partial(render, request, "patients/signup.html", {"form": form, **signup_links(request)})
    if form.is_valid():
        try:
            return sign_up(request=request, facts=form.facts(), register=register_patient, now=clock.now())
        except DomainError as error:
            return form_again(error, form, page)
    return page()

Whoever signs up is a stranger: whether the address has an account already is told to its mailbox alone. Both get the
same page, the same cookies and the same work (docs/adr/0014). Who has followed the link is signed in here, in the
browser that waits.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from allauth.account.utils import complete_signup
from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts.models import User
from accounts.presenters import home_path
from accounts.rules import EmailTaken, UsernameTaken
from accounts.selectors import account_with_email, waits_for_first_confirmation
from accounts.signing_in.confirmation import send_first_link, tell_owner
from accounts.signing_in.usernames import free_username, new_username
from core.web.next_url import safe_next

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

View = Callable[..., HttpResponse]
_WAITING = "signup_waiting"


def signup_page(view: View) -> View:
    """View decorator: open to everyone, limited per address, never cached; who is signed in goes on at once."""

    @login_not_required
    @never_cache
    @rate_limit(action="signup")  # type: ignore[untyped-decorator]
    @sensitive_post_parameters("password")
    @wraps(view)
    def page(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect(safe_next(request, home_path(request.user)))
        return view(request, *args, **kwargs)

    return page


class Register(Protocol):
    """A role's service, which makes account and profile together."""

    def __call__(self, *, now: datetime, **facts: Any) -> Any: ...


def sign_up(
    *, request: HttpRequest, facts: dict[str, Any], register: Register, now: datetime, said: str | _StrPromise = ""
) -> HttpResponse:
    """Make the account, or tell the owner of the address; the answer is the same.

    `said` greets who has followed the link. Raises what `register` does of all else than the address and the username.
    """
    wanted, email = facts["username"], facts["email"]
    facts = facts | {"username": free_username(wanted, email=email)}
    owner = account_with_email(email)
    user = None if owner else _registered(register, facts, now)
    if user is None:
        _as_if_registered(register, facts, now)
        owner = owner or account_with_email(email)
        user = _made_here(request, owner)
    if user is not None:
        send_first_link(request, user)
    elif owner is not None:
        tell_owner(request, owner, asked=email)
    _wait(request, email=email, user=user, wanted=wanted, said=str(said))
    return redirect("accounts:signup_sent")


def _registered(register: Register, facts: dict[str, Any], now: datetime) -> User | None:
    """None for an address somebody else has taken in the same moment."""
    try:
        user: User = register(**facts, now=now).user
    except EmailTaken:
        return None
    except UsernameTaken:
        facts = facts | {"username": new_username(facts["username"])}
        return _registered(register, facts, now)
    return user


def _as_if_registered(register: Register, facts: dict[str, Any], now: datetime) -> None:
    """The same work under an address nobody has, and undone: neither the time it takes nor what else is wrong tells."""
    with transaction.atomic():
        _registered(register, facts | {"email": f"{uuid.uuid4().hex}@known.invalid"}, now)
        transaction.set_rollback(True)


def _made_here(request: HttpRequest, owner: User | None) -> User | None:
    """The owner when this very browser made the account and waits for its link: the same form sent twice, or again for
    want of a message. It goes on waiting, for the account as it was made first.
    """
    waiting = request.session.get(_WAITING)
    if owner is None or waiting is None or waiting["user"] != owner.pk or not waits_for_first_confirmation(owner):
        return None
    return owner if constant_time_compare(waiting["proof"], owner.get_session_auth_hash()) else None


# The browser that waits for the link to be followed


def _wait(request: HttpRequest, *, email: str, user: User | None, wanted: str, said: str) -> None:
    request.session.cycle_key()
    request.session[_WAITING] = {
        "email": email,
        "user": user.pk if user else 0,
        "proof": user.get_session_auth_hash() if user else "",
        "next": safe_next(request, ""),
        "page": request.path,
        "wanted": wanted,
        "said": said,
    }


def is_waiting(request: HttpRequest) -> bool:
    """Whether somebody signed up in this browser, and it has not let them in yet."""
    return _WAITING in request.session


def waiting_page(request: HttpRequest) -> dict[str, str]:
    """What "Check your e-mail" shows: the address, where it leads on to, and the form once more for who mistyped it."""
    waiting = request.session[_WAITING]
    query = f"?{urlencode({'next': waiting['next']})}" if waiting["next"] else ""
    return {"address": waiting["email"], "next_url": waiting["next"], "again_url": waiting["page"] + query}


def send_again(request: HttpRequest) -> bool:
    """The link, or the word to the owner, once more. Says whether it could be sent; alike for both."""
    waiting = request.session[_WAITING]
    user, owner = User.objects.filter(pk=waiting["user"]).first(), account_with_email(waiting["email"])
    if user is not None and waits_for_first_confirmation(user):
        return send_first_link(request, user)
    if owner is not None:
        return tell_owner(request, owner, asked=waiting["email"])
    return True


def continue_signup(request: HttpRequest) -> HttpResponse | None:
    """Sign in who signed up in this browser and has followed the link, and lead them on; None before that.

    Once only: whoever has signed in elsewhere, or set another password, does so here as well.
    """
    waiting = request.session.get(_WAITING)
    if waiting is None or request.user.is_authenticated:
        return None
    user = User.objects.filter(pk=waiting["user"]).first()
    if user is None or not user.email_verified or not user.is_active or user.last_login is not None:
        return None
    if not constant_time_compare(waiting["proof"], user.get_session_auth_hash()):
        return None
    del request.session[_WAITING]
    response: HttpResponse = complete_signup(request, user, None, waiting["next"] or None)
    if waiting["said"]:
        messages.success(request, waiting["said"])
    if waiting["wanted"] and waiting["wanted"] != user.username:
        messages.info(request, _("Your username is %(username)s.") % {"username": user.username})
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
