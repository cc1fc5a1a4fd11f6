# ruff: noqa: S608, SLF001  only names of our own models; and `_meta` is how Django documents a model to be asked about its fields
"""The SQL with which the database itself writes an entry for each change of a tracked row.

Facts are kept (states, times, numbers, keys), free text never, unless a field is named in `shown`: of all others
it is told only *that* they changed. So a field added tomorrow can't leak before somebody has thought about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pghistory.trigger
import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_FREE_TEXT = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.FileField)


@dataclass(frozen=True, slots=True)
class Tracking:
    """How one model is tracked (`audit.models.tracked` explains each)."""

    shown: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    named_by: str = ""
    called: StrOrPromise = ""
    tells: Mapping[str, StrOrPromise] = field(default_factory=dict)
    person: bool = False
    find_by: tuple[str, ...] = ()
    related: tuple[str, ...] = ()

    def shows(self, field: models.Field[Any, Any]) -> bool:
        """Whether values of the field may stand in the trail, for ever."""
        if field.name in self.shown:
            return True
        return field.name not in self.hidden and not _is_free_text(field)


def _is_free_text(field: models.Field[Any, Any]) -> bool:
    if isinstance(field, ArrayField):
        return _is_free_text(field.base_field)
    return isinstance(field, _FREE_TEXT) and not field.choices


class EntryTrigger(pghistory.trigger.Event):
    """django-pghistory's event trigger, writing to the one trail instead of a table for each model."""

    def __init__(self, *, tracking: Tracking, **kwargs: Any) -> None:
        self.tracking = tracking
        super().__init__(**kwargs)

    def get_func(self, model: type[models.Model]) -> str:
        columns = _columns(model, self.tracking, self.label, self.row)
        names = ", ".join(f'"{name}"' for name in columns)
        source = _SAID if self.label != "update" else f"{_SAID}, {_differences(model, self.tracking)}"
        return self.format_sql(
            f"""INSERT INTO "{self.event_model._meta.db_table}" ({names})
            SELECT {", ".join(columns.values())} FROM {source};
            RETURN NULL;"""
        )


# What audit/context.py says of who is at work; django-pghistory sends it along with each statement that writes.
_SAID = "(SELECT COALESCE(NULLIF(current_setting('pghistory.context_metadata', TRUE), ''), '{}')::jsonb AS it) AS said"


def _columns(model: type[models.Model], tracking: Tracking, label: str, row: str) -> dict[str, str]:
    key = f'{row}."{_primary_key(model)}"::text'
    name = f'{row}."{model._meta.get_field(tracking.named_by).column}"::text' if tracking.named_by else "''"
    facts = _facts(model, tracking, row)
    return {
        "pgh_created_at": "clock_timestamp()",
        "pgh_label": f"'{label}'",
        "pgh_context_id": "NULLIF(current_setting('pghistory.context_id', TRUE), '')::uuid",
        "model": f"'{label_of(model)}'",
        "object_id": key,
        "name": f"left({name}, 120)",
        "about": _about(model, row),
        "changed": "COALESCE(differences.changed, '{}')" if label == "update" else "'{}'::text[]",
        "before": {"insert": "NULL::jsonb", "update": "differences.before"}.get(label, facts),
        "after": {"delete": "NULL::jsonb", "update": "differences.after"}.get(label, facts),
        "details": "'{}'::jsonb",
        "actor_id": "(said.it ->> 'actor')::bigint",
        "actor_role": "COALESCE(said.it ->> 'role', '')",
        "address": "(said.it ->> 'address')::inet",
        "request_id": "COALESCE(said.it ->> 'request', '')",
        "place": "COALESCE(said.it ->> 'place', '')",
        "reason": "COALESCE(said.it ->> 'reason', '')",
    }


def _differences(model: type[models.Model], tracking: Tracking) -> str:
    """What an update changed: the names of all fields, the values of those that may be shown."""
    rows = ", ".join(_difference(field, shown=tracking.shows(field)) for field in _told(model, tracking))
    return f"""(
        SELECT array_agg(name) AS changed,
               jsonb_object_agg(name, was) FILTER (WHERE shown) AS before,
               jsonb_object_agg(name, became) FILTER (WHERE shown) AS after
        FROM (VALUES {rows}) AS field (name, differs, shown, was, became) WHERE differs
    ) AS differences"""


def _difference(field: models.Field[Any, Any], *, shown: bool) -> str:
    old, new = f'OLD."{field.column}"', f'NEW."{field.column}"'
    values = f"to_jsonb({old}), to_jsonb({new})" if shown else "NULL::jsonb, NULL::jsonb"
    return f"('{_called(field)}', {old} IS DISTINCT FROM {new}, {str(shown).upper()}, {values})"


def _facts(model: type[models.Model], tracking: Tracking, row: str) -> str:
    shown = [field for field in _told(model, tracking) if tracking.shows(field)]
    pairs = (f"'{_called(field)}', {row}.\"{field.column}\"" for field in shown)
    return f"jsonb_build_object({', '.join(pairs)})"


def _called(field: models.Field[Any, Any]) -> str:
    """What the trail calls it: the name of its column, which stays when Python calls it otherwise."""
    return field.name if field.remote_field else field.column


def _told(model: type[models.Model], tracking: Tracking) -> Iterable[models.Field[Any, Any]]:
    return [field for field in _fields(model) if field.name not in tracking.ignored]


def _about(model: type[models.Model], row: str) -> str:
    """Keys of the row itself and of whatever tracked rows it points to: the history of each can be asked for."""
    pointers = [field for field in _fields(model) if field.remote_field and is_tracked(field.remote_field.model)]
    keys = [
        _key(label_of(model), row, _primary_key(model)),
        *(_key(label_of(field.remote_field.model), row, field.column) for field in pointers),
    ]
    return f"array_remove(ARRAY[{', '.join(keys)}]::text[], NULL)"


def _key(label: str, row: str, column: str) -> str:
    return f"'{label}:' || {row}.\"{column}\""


def _fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]


def _primary_key(model: type[models.Model]) -> str:
    return model._meta.pk.column


# Which models are tracked, and how; filled by `audit.models.tracked` while the models are loaded.
TRACKED: dict[type[models.Model], Tracking] = {}


def is_tracked(model: type[models.Model]) -> bool:
    """By its label: `makemigrations` asks with a copy of the model."""
    return label_of(model) in {label_of(tracked) for tracked in TRACKED}


def label_of(model: type[models.Model]) -> str:
    """ "bookings.booking"; a proxy goes by the name of whose table it is."""
    return model._meta.concrete_model._meta.label_lower


def key_of(row: models.Model) -> str:
    """ "bookings.booking:17", as it stands in `Entry.about`."""
    return f"{label_of(row.__class__)}:{row.pk}"


def condition_of_update(model: type[models.Model], tracking: Tracking) -> pgtrigger.Condition:
    return pgtrigger.AnyChange(exclude=sorted(tracking.ignored)) if tracking.ignored else pgtrigger.AnyChange()
