"""Whether the keys at hand open what is kept: asked before the site goes on with a wrong set of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.models import Manager
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from core.crypto import Unreadable, unseal_bytes
from integrations.reencryption import sealed, sealed_inside


@register(Tags.database)
def keys_open_what_is_sealed(databases: Iterable[str] | None = None, **_kwargs: Any) -> list[CheckMessage]:
    """The oldest and the newest row of each sealed field. Runs with `migrate` and `check --database default`."""
    if not databases:
        return []
    tables = set(connections["default"].introspection.table_names())
    fields: list[tuple[Manager[Any], str, Callable[[Any], list[str]]]] = [
        (rows, field, lambda kept: [kept]) for rows, field in sealed()
    ]
    for rows, field, names in sealed_inside():
        fields.append((rows, field, partial(_texts_inside, names)))
    return [
        _unreadable(rows, field)
        for rows, field, texts in fields
        if rows.model._meta.db_table in tables  # noqa: SLF001  Django's documented Model._meta
        and not _opens(rows, field, texts)
    ]


def _opens(rows: Manager[Any], field: str, texts: Callable[[Any], list[str]]) -> bool:
    kept = [rows.order_by(order).values_list(field, flat=True).first() for order in ("pk", "-pk")]
    try:
        for text in (text for value in kept if value for text in texts(value)):
            unseal_bytes(text)  # a file, or JSON: it is enough that it opens
    except Unreadable:
        return False
    return True


def _unreadable(rows: Manager[Any], field: str) -> Error:
    name = f"{rows.model.__name__}.{field}"
    return Error(
        _("No key in FIELD_ENCRYPTION_KEYS opens what is kept in %(name)s.") % {"name": name},
        hint=_("Put the key it was sealed with back at the end of FIELD_ENCRYPTION_KEYS."),
        id="integrations.E001",
    )


def _texts_inside(names: Iterable[str], kept: dict[str, str]) -> list[str]:
    return [kept[name] for name in names if name in kept]


@register
def makers_are_there(**_kwargs: Any) -> list[CheckMessage]:
    """Each of MAIL_DATA_MAKERS: a path that leads nowhere is said before a mail waits for it."""
    return [
        Error(f"MAIL_DATA_MAKERS[{action!r}] isn't the path of a function.", id="integrations.E002")
        for action, path in settings.MAIL_DATA_MAKERS.items()
        if not _is_there(path)
    ]


def _is_there(path: str) -> bool:
    try:
        return callable(import_string(path))
    except ImportError:
        return False
