"""Showing once more that it is you, before what matters: giving rights, exporting or erasing a person's data (A6).

    @requires_recent_sign_in            # a view; `@method_decorator(requires_recent_sign_in)` on a method of an admin
    def export(request): ...

    ask_for_recent_sign_in(request)     # in the middle of one, before anything is written

Who has neither signed in nor answered this question in the last five minutes (`ACCOUNT_REAUTHENTICATION_TIMEOUT`) is
asked for the password, a code or a passkey, and comes back to the same page; a POST is taken up where it was left.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from allauth.account import app_settings
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest, HttpResponse

from accounts.requests import signed_in

View = Callable[..., HttpResponse]


def requires_recent_sign_in(view: View) -> View:
    """View decorator, inside `requires`: who has not shown lately that it is them is asked first."""
    decorated: View = reauthentication_required(view)
    return decorated


def ask_for_recent_sign_in(request: HttpRequest) -> None:
    """The same in the middle of a view. Raises what allauth's middleware turns into the question."""
    if is_reauthentication_required(request, app=""):
        raise ReauthenticationRequired


def signed_in_lately(request: HttpRequest) -> bool:
    """Whether this session began so lately that asking again would show nothing new."""
    records = get_authentication_records(request, signed_in(request))
    return any(time.time() - record["at"] < app_settings.REAUTHENTICATION_TIMEOUT for record in records)
