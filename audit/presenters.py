"""An entry of the trail in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.text import capfirst

from audit.choices import CHANGES
from audit.models import Entry
from audit.selectors import ACCOUNTS, called, model_of
from audit.triggers import TRACKED

MOST_NAMED = 3  # fields in one sentence


class Difference(NamedTuple):
    field: str
    before: str
    after: str


def what(entry: Entry) -> str:
    """ "Appointment HMS-3K7-PQ2 cancelled", "Doctor approved", "Signed in"."""
    if entry.pgh_label not in CHANGES:
        details = ", ".join(f"{name}: {value}" for name, value in entry.details.items())
        return f"{entry.get_pgh_label_display()} ({details})" if details else entry.get_pgh_label_display()
    model = model_of(entry.model)
    if model is None:  # of a model that is no more
        return f"{entry.model} {entry.get_pgh_label_display().lower()}"
    return capfirst(" ".join(filter(None, [called(model), entry.name, _happened(entry, model)])))


def _happened(entry: Entry, model: type[Model]) -> str:
    tells = TRACKED[model].tells
    told = [tells[key] for key in _keys(entry) if key in tells]
    if told:
        return ", ".join(told)
    if not entry.changed:
        return entry.get_pgh_label_display().lower()
    names = [_field_name(model, name) for name in entry.changed]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"changed: {', '.join(names[:MOST_NAMED])}{more}"


def _keys(entry: Entry) -> Iterator[str]:
    """ "insert", "status", "status:CANCELLED": what `tells` of a model may say something about."""
    yield entry.pgh_label
    for name in entry.changed:
        yield name
        yield f"{name}:{(entry.after or {}).get(name)}"


def _field_name(model: type[Model], name: str) -> str:
    try:
        return str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # noqa: SLF001
    except FieldDoesNotExist:
        return name


def whom(entry: Entry, names: Mapping[str, str]) -> str:
    """The patient and the doctor it is about; else whose account."""
    found = {key: names[key] for key in entry.about if key in names}
    profiles = [name for key, name in found.items() if not key.startswith(f"{ACCOUNTS}:")]
    return ", ".join(dict.fromkeys(profiles or found.values()))


def who(entry: Entry) -> str:
    """Somebody by name and role; else the job or the command, or nobody who was signed in."""
    if entry.actor_id:
        role = f" ({entry.actor_role.lower()})" if entry.actor_role else ""
        return f"{entry.actor or f'account {entry.actor_id}'}{role}"
    if entry.place.startswith(("job ", "command ")):
        return "The system"
    return "Nobody signed in" if entry.place else "Unknown, outside of the site"


def differences(entry: Entry) -> list[Difference]:
    """Each field that changed, before and after; of text only that it did."""
    model = model_of(entry.model)
    before, after = entry.before or {}, entry.after or {}
    names = entry.changed or sorted({*before, *after})
    return [
        Difference(
            capfirst(_field_name(model, name)) if model else name,
            _said(model, before, name, kept=name in before or name in after),
            _said(model, after, name, kept=name in before or name in after),
        )
        for name in names
    ]


def _said(model: type[Model] | None, values: Mapping[str, Any], name: str, *, kept: bool) -> str:
    if not kept:
        return "not kept"
    value = values.get(name)
    if value is None:
        return "–"
    choices: dict[Any, Any] = {}
    if model is not None and name in {field.name for field in model._meta.concrete_fields}:  # noqa: SLF001
        choices = dict(model._meta.get_field(name).flatchoices)  # type: ignore[union-attr]  # noqa: SLF001
    return str(choices.get(value, value))
