"""What a person had typed into a page's form before, while that page is drawn again for them.

Form fields (core/forms/rendering.py) read it when they are drawn; no view does, and `request.POST` stays empty: a page
that is looked at has nothing it could save.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.http import QueryDict

CHANGED = "draft_changed"  # the names of the fields somebody changed, where their page could tell
ASKED_EACH_TIME = "asked_each_time"  # a field with this mark is never answered beforehand

_typed: ContextVar[QueryDict | None] = ContextVar("what was typed before", default=None)


@contextmanager
def filled_in(fields: QueryDict) -> Iterator[None]:
    """Forms drawn meanwhile, that nobody has sent, begin with these."""
    token = _typed.set(fields)
    try:
        yield
    finally:
        _typed.reset(token)


def number_before(name: str) -> int:
    """A number the page itself had put into the form: how many rows were filled in; 0 when nothing is filled in."""
    value = (_typed.get() or QueryDict()).get(name, "")
    return int(value) if value.isascii() and value.isdigit() else 0


def value_before(field: BoundField, otherwise: Any) -> Any:
    """What was typed into this field; `otherwise` when the form was sent now, or this one was never filled in.

    Hidden fields are the page's own: it has made a new key and knows the record as it is now. So are those nobody
    changed: somebody else may have, meanwhile.
    """
    typed, widget = _typed.get(), field.field.widget
    if typed is None or field.form.is_bound or widget.is_hidden or not _is_of(field.form, typed):
        return otherwise
    if getattr(field.field, ASKED_EACH_TIME, False) or not _is_changed(field.html_name, typed):
        return otherwise
    if widget.value_omitted_from_data(typed, {}, field.html_name):
        return otherwise
    return widget.value_from_datadict(typed, {}, field.html_name)


def _is_changed(name: str, typed: QueryDict) -> bool:
    """Also when one part of it is: a day or an hour, of both."""
    if CHANGED not in typed:
        return True
    return any(changed == name or changed.startswith(f"{name}_") for changed in str(typed[CHANGED]).split())


def _is_of(form: BaseForm, typed: QueryDict) -> bool:
    """A page may have several forms: one without a single field in it says nothing of its tick boxes."""
    return any(
        name == prefixed or name.startswith(f"{prefixed}_")
        for prefixed in map(form.add_prefix, form.fields)
        for name in typed
    )
