"""`next`: where a person wanted to go before signing in."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def with_query(path: str, **values: str) -> str:
    """`path` with these in its query, in place of what it had by those names."""
    parts = urlsplit(path)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in values]
    return urlunsplit(parts._replace(query=urlencode([*kept, *values.items()])))


def safe_next(request: HttpRequest, default: str = "") -> str:
    """The posted or queried `next` when it is a path of this site, else `default`."""
    candidate = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        candidate, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    # Without its slash Django would take it for the name of a page.
    return candidate if safe and candidate.startswith("/") else default
