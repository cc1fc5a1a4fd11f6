"""Sealing all that is sealed again, after a new key was put in front of FIELD_ENCRYPTION_KEYS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.apps import apps
from django.db.models import Manager

from core.crypto import Unreadable, reseal

Reseal = Callable[[Any], Any]


@dataclass
class Count:
    sealed: int = 0
    unreadable: int = 0


def sealed() -> list[tuple[Manager[Any], str]]:
    """Every field that is sealed: models name theirs in `SEALED`, whatever room they are in."""
    return [(model.objects, field) for model in _models() for field in getattr(model, "SEALED", ())]


def sealed_inside() -> list[tuple[Manager[Any], str, tuple[str, ...]]]:
    """Every JSON field that holds something sealed, and under which names: `SEALED_INSIDE`."""
    named = [(model, getattr(model, "SEALED_INSIDE", {})) for model in _models()]
    return [(model.objects, field, names) for model, fields in named for field, names in fields.items()]


def _models() -> list[Any]:
    return sorted(apps.get_models(), key=lambda model: model.__name__)


def reencrypt_all() -> Count:
    """Each value by itself and only where nobody changed it meanwhile: the site may run. What can't be read stays."""
    count = Count()
    for rows, field in sealed():
        _reencrypt(rows, field, reseal, count)
    for rows, field, names in sealed_inside():
        _reencrypt(rows, field, partial(_reseal_inside, names=names), count)
    return count


def _reencrypt(rows: Manager[Any], field: str, seal_again: Reseal, count: Count) -> None:
    for pk, old in rows.order_by("pk").values_list("pk", field).iterator(chunk_size=500):
        try:
            new = seal_again(old)
        except Unreadable:
            count.unreadable += 1
            continue
        if new != old:
            count.sealed += rows.filter(pk=pk, **{field: old}).update(**{field: new})


def _reseal_inside(held: dict[str, Any], *, names: tuple[str, ...]) -> dict[str, Any]:
    return held | {name: reseal(held[name]) for name in names if name in held}
