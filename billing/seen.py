"""A draft as somebody saw it on a page: which one, and how often it had been changed by then."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from billing.models import Invoice


def seen_of(draft: Invoice) -> str:
    return f"{draft.pk}:{draft.revision}"


def read_seen(values: Iterable[str]) -> dict[UUID, int]:
    """The revisions by the keys of the drafts; what can't be read is left out."""
    return dict(filter(None, map(_read, values)))


def _read(value: str) -> tuple[UUID, int] | None:
    key, _colon, revision = value.partition(":")
    try:
        return UUID(key), int(revision)
    except ValueError:
        return None
