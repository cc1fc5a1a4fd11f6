"""A kind of export that can't be found is noticed at the start, not when somebody waits for it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from exports.kinds import ExportKind, UnknownKind, kind_of


@register
def kinds_are_there(**_: Any) -> list[CheckMessage]:
    return [
        Error(f"EXPORT_KINDS[{name!r}] isn't the path of an ExportKind.", id="exports.E001")
        for name in settings.EXPORT_KINDS
        if not _is_there(name)
    ]


def _is_there(name: str) -> bool:
    try:
        return isinstance(kind_of(name), ExportKind)
    except UnknownKind:
        return False
