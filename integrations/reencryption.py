"""Sealing all that is sealed again, after a new key was put in front of FIELD_ENCRYPTION_KEYS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Manager

from core.crypto import Unreadable, reseal


@dataclass
class Count:
    sealed: int = 0
    unreadable: int = 0


def sealed() -> list[tuple[Manager[Any], str]]:
    """Every field that is sealed: models name theirs in `SEALED`, whatever room they are in."""
    models: list[Any] = sorted(apps.get_models(), key=lambda model: model.__name__)
    return [(model.objects, field) for model in models for field in getattr(model, "SEALED", ())]


def reencrypt_all() -> Count:
    """Each value by itself and only where nobody changed it meanwhile: the site may run. What can't be read stays."""
    count = Count()
    for rows, field in sealed():
        for pk, old in rows.order_by("pk").values_list("pk", field).iterator(chunk_size=500):
            try:
                new = reseal(old)
            except Unreadable:
                count.unreadable += 1
                continue
            count.sealed += rows.filter(pk=pk, **{field: old}).update(**{field: new})
    return count
