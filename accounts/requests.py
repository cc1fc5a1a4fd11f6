"""Requests as views know them, for type checkers."""

from __future__ import annotations

from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    """What every view is given that isn't `login_not_required`: LoginRequiredMiddleware lets nobody else through."""

    user: User
