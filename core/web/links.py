"""Absolute links, for what is read outside the site."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse


def absolute(path: str) -> str:
    """A path of this site as a full address under `BASE_URL`, whatever host the request came by."""
    return f"{settings.BASE_URL}{path}"


def absolute_url(name: str, *args: Any) -> str:
    """The full address of a named page."""
    return absolute(reverse(name, args=args))
