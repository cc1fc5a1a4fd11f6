"""Who is at work, from where and why: sent along with each statement that writes (django-pghistory's context).

Costs no query: django-pghistory puts it in front of the statement, and only of those that write.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pghistory
from django.conf import settings
from django.http import HttpRequest
from pghistory.runtime import _tracker  # the one way to read what is said already

from core.web.logs import actor_role

LONGEST_REASON = 500


@contextmanager
def audit_context(**facts: Any) -> Iterator[dict[str, Any]]:
    """Adds `facts` to what is said of all that is written inside; afterwards all is as it was before."""
    with pghistory.context() as said:
        before = dict(said.metadata)
        said.metadata.update(facts)
        try:
            yield said.metadata
        finally:
            said.metadata.clear()
            said.metadata.update(before)


def current_context() -> dict[str, Any]:
    """What is said of whatever is written now; empty outside of any request, job or command."""
    value = getattr(_tracker, "value", None)
    return dict(value.metadata) if value else {}


def said_id() -> Any:
    """The id that all that is done in one request or job has in common."""
    value = getattr(_tracker, "value", None)
    return value.id if value else None


@contextmanager
def job(name: str) -> Iterator[None]:
    """All that is written inside is written by a job or a command of this name, unless a request has begun it."""
    if "place" in current_context():
        yield
        return
    with audit_context(place=name[:120]):
        yield


def add(**facts: Any) -> None:
    """Say more of the rest of this request: somebody has just signed in. Outside of any, nothing."""
    value = getattr(_tracker, "value", None)
    if value:
        value.metadata.update(facts)
        if "role" in facts:
            actor_role.set(facts["role"])


def actor_facts(user: Any) -> dict[str, Any]:
    """Whose account, and in which role; nothing for who is not signed in."""
    if not getattr(user, "pk", None):
        return {}
    return {"actor": user.pk, "role": str(getattr(user, "role", ""))}


def place_of(request: HttpRequest) -> str:
    """Which page, by its name: an address may hold a person's text."""
    match = request.resolver_match
    return f"{request.method} {match.view_name or match.route if match else ''}".strip()[:120]


def address_of(request: HttpRequest) -> str | None:
    """Where the request comes from. `X-Forwarded-For` is believed only of as many proxies as are ours.

    The number is the one sign-in limits go by too (`ALLAUTH_TRUSTED_PROXY_COUNT`, set by `BEHIND_PROXY`). Counted
    from the right: what stands to the left of our own proxies' entries is whatever the visitor sent.
    """
    proxies = getattr(settings, "ALLAUTH_TRUSTED_PROXY_COUNT", 0)
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    text = request.META.get("REMOTE_ADDR", "")
    if 0 < proxies <= len(hops) and hops[-1].strip():
        text = hops[-proxies]
    try:
        return str(ipaddress.ip_address(text.strip()))
    except ValueError:
        return None
