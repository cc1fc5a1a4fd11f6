"""An entry of the trail in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateTimeField, Model, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.choices import CHANGES, Kind
from audit.models import Entry
from audit.selectors import ACCOUNTS, called, model_of
from audit.triggers import TRACKED
from core.admin.service_admin import day_in_list
from core.formats import clock_time

MOST_NAMED = 3  # fields in one sentence
NOTHING = "–"


class Difference(NamedTuple):
    field: str
    before: str
    after: str


def what(entry: Entry) -> str:
    """ "Appointment HMS-3K7-PQ2 cancelled", "Doctor approved", "Signed in"."""
    if entry.pgh_label not in CHANGES:
        where = [entry.place] if entry.pgh_label in {Kind.REFUSED, Kind.THROTTLED} and entry.place else []
        details = ", ".join(where + [f"{name}: {value}" for name, value in entry.details.items()])
        return f"{entry.get_pgh_label_display()} ({details})" if details else entry.get_pgh_label_display()
    model = model_of(entry.model)
    if model is None:  # of a model that is no more
        return _("%(thing)s %(happened)s") % {"thing": entry.model, "happened": _changed_how(entry)}
    facts = {"thing": called(model), "name": entry.name, "happened": _happened(entry, model)}
    return capfirst((_("%(thing)s %(name)s %(happened)s") if entry.name else _("%(thing)s %(happened)s")) % facts)


def thing(entry: Entry) -> str:
    """What the row was about, by its name or its number: "HMS-3K7-PQ2", "Invitation 17"."""
    if entry.name:
        return entry.name
    model = model_of(entry.model)
    return f"{capfirst(called(model)) if model else entry.model} {entry.object_id}".strip()


def _happened(entry: Entry, model: type[Model]) -> str:
    tells = TRACKED[model].tells
    if f"because:{entry.reason}" in tells:
        return str(tells[f"because:{entry.reason}"])
    told = [str(tells[key]) for key in _keys(entry) if key in tells]
    if told:
        return ", ".join(told)
    if not entry.changed:
        return _changed_how(entry)
    names = [_field_name(model, name) for name in entry.changed]
    named, more = ", ".join(names[:MOST_NAMED]), len(names) - MOST_NAMED
    if more <= 0:
        return _("changed: %(fields)s") % {"fields": named}
    told_more = ngettext("changed: %(fields)s and %(count)s more", "changed: %(fields)s and %(count)s more", more)
    return told_more % {"fields": named, "count": more}


def _changed_how(entry: Entry) -> str:
    """What a trigger wrote, as a word within a sentence."""
    words = {Kind.INSERT.value: _("created"), Kind.UPDATE.value: _("changed"), Kind.DELETE.value: _("deleted")}
    return words[entry.pgh_label]


def _keys(entry: Entry) -> Iterator[str]:
    """ "insert", "insert:status:PENDING", "status", "status:CANCELLED": what `tells` of a model may say."""
    yield entry.pgh_label
    if entry.pgh_label == "insert":
        for name, value in (entry.after or {}).items():
            if value not in (None, ""):
                yield from (f"insert:{name}", f"insert:{name}:{value}")
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
        name = str(entry.actor or _("account %(number)s") % {"number": entry.actor_id})
        return _("%(name)s (%(role)s)") % {"name": name, "role": _role(entry.actor_role)} if entry.actor_role else name
    if entry.place.startswith(("job ", "command ")):
        return _("The system")
    return _("Nobody signed in") if entry.place else _("Unknown, outside of the site")


def _role(role: str) -> str:
    """As the entry says it: whose account has another role by now, or is gone, had this one then."""
    return {"PATIENT": _("patient"), "DOCTOR": _("doctor"), "STAFF": _("staff")}.get(role, role.lower())


def differences(entry: Entry) -> list[Difference]:
    """Each field that changed, before and after; of text only that it did."""
    model = model_of(entry.model)
    before, after = entry.before or {}, entry.after or {}
    fields = {field.name: field for field in model._meta.concrete_fields} if model else {}  # noqa: SLF001
    told = []
    for name in entry.changed or sorted({*before, *after}):
        kept, field = name in before or name in after, fields.get(name)
        called_field = capfirst(_field_name(model, name)) if model else name
        was, became = (_said(field, values.get(name)) if kept else _("not kept") for values in (before, after))
        told.append(Difference(called_field, was, became))
    return told


def _said(field: Any, value: Any) -> str:
    """A value as people read it: the label of a choice, whom it points to, a time of the hospital's clock."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field is not None and field.remote_field:
        row = QuerySet(field.remote_field.model).filter(pk=value).first()
        return str(row) if row is not None else str(value)
    if isinstance(field, DateTimeField):
        moment = parse_datetime(str(value))
        return f"{day_in_list(moment)}, {clock_time(moment)}" if moment else str(value)
    choices = dict(field.flatchoices) if field is not None else {}
    return str(choices.get(value, value)) if isinstance(value, str | int) else str(value)
