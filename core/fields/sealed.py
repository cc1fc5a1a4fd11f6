"""Every field that is sealed with FIELD_ENCRYPTION_KEYS, whatever room its model is in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps


@dataclass(frozen=True, slots=True)
class SealedField:
    """`inside`: the names under which a JSON field holds something sealed; empty when the field itself is."""

    model: Any
    field: str
    inside: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        return str(self.model._meta.db_table)  # noqa: SLF001

    @property
    def column(self) -> str:
        return str(self.model._meta.get_field(self.field).column)  # noqa: SLF001


def sealed_fields() -> list[SealedField]:
    """As the models say in `SEALED` and `SEALED_INSIDE`."""
    models: list[Any] = sorted(apps.get_models(), key=lambda model: model.__name__)
    whole = [SealedField(model, field) for model in models for field in getattr(model, "SEALED", ())]
    named = [(model, getattr(model, "SEALED_INSIDE", {})) for model in models]
    return whole + [SealedField(model, field, names) for model, fields in named for field, names in fields.items()]
