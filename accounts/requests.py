"""Requests as views know them, for type checkers."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class SignedInRequest(HttpRequest):
    """What every view is given that isn't `login_not_required`: LoginRequiredMiddleware lets nobody else through."""

    user: User
    htmx: HtmxDetails


def signed_in(request: HttpRequest) -> User | None:
    """Whoever asks, when they are signed in."""
    return request.user if isinstance(request.user, User) else None
