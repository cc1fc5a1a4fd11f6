"""Browsers their owners have signed in with before, so that a stranger's guesses don't keep the owner out (A6).

Device cookies, as OWASP describes them: https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
The cookie lets nobody in. It says "this browser has signed in to this account", signed and bound to the password: with
another password no browser is known any more. One browser may be known to several people, as at a desk.

An address counts as seen for an account that has signed in from it in the last month; only a keyed digest is kept.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User
from core import cache

LASTS = timedelta(days=180)
SEEN_FOR = timedelta(days=30)
MOST_ACCOUNTS = 6
MOST_ADDRESSES = 10
_SALT = "accounts.known_browsers"

Known = dict[str, list[str]]  # by account: the browser's random name, and the proof


def guesses_of(request: HttpRequest, user: User) -> str:
    """The name of the count that a wrong password for `user` in this request belongs to.

    A known browser and a seen address are counted by themselves; all others together, as one stranger.
    """
    browser = _known_as(request, user)
    if browser:
        return f"account:{user.pk}:browser:{browser}"
    address = _digest(user, get_ip(request))
    if address in (cache.read(_seen_key(user)) or []):
        return f"account:{user.pk}:address:{address}"
    return f"account:{user.pk}"


def remember(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """`user` has just signed in here, with all steps."""
    known = _read(request)
    name = _known_as(request, user) or secrets.token_urlsafe(12)
    known.pop(str(user.pk), None)
    latest = dict(list(known.items())[-(MOST_ACCOUNTS - 1) :])
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE_NAME,
        signing.dumps({**latest, str(user.pk): [name, _proof(user, name)]}, salt=_SALT),
        max_age=LASTS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    _remember_address(user, get_ip(request))


def forget_addresses(user: User) -> None:
    """Where they have signed in from is not known any more."""
    cache.forget(_seen_key(user))


def _known_as(request: HttpRequest, user: User) -> str:
    """This browser's name for the account; "" when it is not known, or was before the present password."""
    name, proof = _read(request).get(str(user.pk), ["", ""])
    return name if name and constant_time_compare(proof, _proof(user, name)) else ""


def _read(request: HttpRequest) -> Known:
    try:
        known: Known = signing.loads(
            request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE_NAME, ""), salt=_SALT, max_age=LASTS
        )
    except signing.BadSignature:
        return {}
    return known


def _proof(user: User, name: str) -> str:
    return _digest(user, f"{name}:{user.password}")


def _digest(user: User, value: str) -> str:
    return salted_hmac(_SALT, f"{user.pk}:{value}", algorithm="sha256").hexdigest()[:32]


def _seen_key(user: User) -> str:
    return f"accounts.seen-addresses:{user.pk}"


def _remember_address(user: User, address: str) -> None:
    digest = _digest(user, address)
    others = [known for known in (cache.read(_seen_key(user)) or []) if known != digest]
    cache.keep(_seen_key(user), [*others, digest][-MOST_ADDRESSES:], int(SEEN_FOR.total_seconds()))
