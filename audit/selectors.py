"""Reading the trail: what is looked for, and the people it is about."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import Model, Q, QuerySet

from audit.models import Entry
from audit.triggers import TRACKED, label_of
from core.text.addresses import normal_or_lower
from core.text.folding import search_words

MOST_FOUND = 50  # people or things one search is about
ACCOUNTS = settings.AUTH_USER_MODEL.lower()


def entries_about(entries: QuerySet[Entry], key: str) -> QuerySet[Entry]:
    """What happened to one thing ("bookings.booking:17") and to what points to it."""
    return entries.filter(about__contains=[key])


def entries_found(entries: QuerySet[Entry], typed: str) -> QuerySet[Entry]:
    """Entries about, or by, whoever or whatever `typed` names: a person's name, username or e-mail address, the
    reference of an appointment, an address of the net, the id of a request."""
    text = typed.strip()
    if not text:
        return entries
    if _is_address(text):
        return entries.filter(address=text)
    keys = _keys_found(text)
    if not keys:
        return entries.filter(~Q(request_id=""), request_id=text)
    people = [int(key.partition(":")[2]) for key in keys if key.startswith(f"{ACCOUNTS}:")]
    wanted = Q(about__overlap=keys) | Q(actor__in=people) if people else Q(about__overlap=keys)
    return entries.filter(wanted)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _keys_found(text: str) -> list[str]:
    """Keys of the rows of tracked models that `text` names: exactly, or of people a part of the name."""
    keys: list[str] = []
    address = normal_or_lower(text) if "@" in text else text
    for model, tracking in TRACKED.items():
        wanted = Q()
        for lookup in tracking.find_by:
            wanted |= _every_word(lookup, text) if lookup.endswith("__holds_word") else Q(**{lookup: address})
        if wanted:
            found: QuerySet[Any, Any] = QuerySet(model).filter(wanted).values_list("pk", flat=True)[:MOST_FOUND]
            keys.extend(f"{label_of(model)}:{pk}" for pk in found)
    return keys


def _every_word(lookup: str, text: str) -> Q:
    """Nobody for a text without a word: every name would have it."""
    words = search_words(text)
    found = Q() if words else Q(pk__in=[])
    for word in words:
        found &= Q(**{lookup: word})
    return found


def people_in(entries: Iterable[Entry]) -> dict[str, str]:
    """The names of all people these entries are about, by key: a query for each kind of people, however many."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for key in {key for entry in entries for key in entry.about}:
        label, _, pk = key.partition(":")
        wanted[label].add(pk)
    names = {}
    for model, tracking in TRACKED.items():
        pks = wanted.get(label_of(model)) if tracking.person else None
        if pks:
            for row in QuerySet[Any](model).select_related(*tracking.related).filter(pk__in=pks):
                names[f"{label_of(model)}:{row.pk}"] = str(row)
    return names


def tracked_labels() -> Sequence[tuple[str, str]]:
    """The kinds of things in the trail: ("bookings.booking", "appointment"), by name."""
    return sorted(((label_of(model), called(model)) for model in TRACKED), key=lambda pair: pair[1])


def called(model: type[Model]) -> str:
    return str(TRACKED[model].called or model._meta.verbose_name)  # noqa: SLF001


def model_of(label: str) -> type[Any] | None:
    return next((model for model in TRACKED if label_of(model) == label), None)


def thing_named(key: str) -> str:
    """ "appointment HMS-3K7-PQ2" for "bookings.booking:17"; the key itself for what is not there (any more)."""
    label, _, pk = key.partition(":")
    model = model_of(label)
    if model is None:
        return key
    try:
        row: Any = QuerySet(model).select_related(*TRACKED[model].related).get(pk=pk)
    except (ObjectDoesNotExist, ValidationError, ValueError, OverflowError):
        return key
    return f"{called(model)} {row}"
