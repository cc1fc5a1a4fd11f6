"""Sealing all that is sealed again, after a new key was put in front of FIELD_ENCRYPTION_KEYS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Manager

from core.crypto import Unreadable, reseal
from core.fields.sealed import sealed_fields

Reseal = Callable[[Any], Any]


@dataclass
class Count:
    sealed: int = 0
    unreadable: int = 0


def sealed() -> list[tuple[Manager[Any], str]]:
    """Every field that is sealed as a whole."""
    return [(sealed.model.objects, sealed.field) for sealed in sealed_fields() if not sealed.inside]


def sealed_inside() -> list[tuple[Manager[Any], str, tuple[str, ...]]]:
    """Every JSON field that holds something sealed, and under which names."""
    return [(sealed.model.objects, sealed.field, sealed.inside) for sealed in sealed_fields() if sealed.inside]


def reencrypt_all() -> Count:
    """Each value by itself and only where nobody changed it meanwhile: the site may run. What can't be read stays."""
    count = Count()
    for sealed in sealed_fields():
        seal_again: Reseal = partial(_reseal_inside, names=sealed.inside) if sealed.inside else reseal
        _reencrypt(sealed.model.objects, sealed.field, seal_again, count)
    return count


def _reencrypt(rows: Manager[Any], field: str, seal_again: Reseal, count: Count) -> None:
    # Few at a time: some are whole files.
    for pk, old in rows.order_by("pk").values_list("pk", field).iterator(chunk_size=20):
        try:
            new = seal_again(old)
        except Unreadable:
            count.unreadable += 1
            continue
        if new != old:
            count.sealed += rows.filter(pk=pk, **{field: old}).update(**{field: new})


def _reseal_inside(held: dict[str, Any], *, names: tuple[str, ...]) -> dict[str, Any]:
    return held | {name: reseal(held[name]) for name in names if name in held}
