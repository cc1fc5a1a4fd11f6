"""Everything held about a person, as plain values (GDPR Art. 15 and 20). Made for one answer, never stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from django.db.models import Field, Model, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from audit.models import Entry
from audit.triggers import key_of
from bookings.models import Hold, WaitingEntry
from doctors.models import Slot
from patients.models import PatientProfile
from privacy.data_subjects import DataSubject
from privacy.sections import SECTIONS, Section
from privacy.streams import messages_of

MOST_ROWS = 5_000  # of one section; the newest
Row = dict[str, Any]


@dataclass(frozen=True)
class Collected:
    """One section: its rows, and whether they are all there are."""

    title: str
    rows: list[Row]
    is_complete: bool


def collect(
    person: DataSubject, progress: Callable[[int, int], None] = lambda done, total: None, *, to_themselves: bool
) -> list[Collected]:
    """Every section that has something to say; the clinical ones only where `person` downloads it `to_themselves`.

    `progress` is told how many of how many have been looked at.
    """
    sections = [section for section in SECTIONS if to_themselves or not section.is_clinical]
    titled: list[tuple[str, Callable[[], Iterable[Row]]]] = [
        *((str(section.title), partial(_rows_of, section, person)) for section in sections),
        (_("Messages sent"), partial(_messages, person)),
        (_("Audit trail"), partial(_trail, person)),
    ]
    found = []
    for number, (title, rows) in enumerate(titled):
        progress(number, len(titled))
        found.append(_collected(title, rows()))
    return [section for section in found if section.rows]


def is_large(person: DataSubject, *, rows: int) -> bool:
    """Whether about so many rows are held: counted, up to there, where people have most of them."""
    held = 0
    slots = Slot.objects.filter(doctor__in=person.doctors)
    many: tuple[QuerySet[Any], ...] = (_trail_of(person), messages_of(person), person.all_bookings, slots)
    for found in many:
        held += found.order_by()[: rows - held].count()
        if held >= rows:
            return True
    return False


def _collected(title: str, rows: Iterable[Row]) -> Collected:
    taken = list(rows)
    return Collected(title, taken[:MOST_ROWS], is_complete=len(taken) <= MOST_ROWS)


def _rows_of(section: Section, person: DataSubject) -> Iterator[Row]:
    wanted = Q(pk__in=[])
    for field, keys in section.by.items():
        wanted |= Q(**{f"{field}__in": getattr(person, keys)})
    fields = _fields(section)
    related = [field.name for field in fields if field.remote_field]
    rows: QuerySet[Model] = section.model._default_manager.filter(wanted).order_by("-pk")  # noqa: SLF001
    for row in rows.select_related(*related)[: MOST_ROWS + 1]:
        yield {str(field.verbose_name): _value(row, field, person) for field in fields}


def _fields(section: Section) -> list[Field[Any, Any]]:
    concrete: list[Field[Any, Any]] = list(section.model._meta.concrete_fields)  # noqa: SLF001
    if section.only:
        return [field for field in concrete if field.name in section.only]
    return [field for field in concrete if field.name not in section.leaves_out]


def _value(row: Model, field: Field[Any, Any], person: DataSubject) -> Any:
    if field.remote_field and not field.primary_key:
        return _related(getattr(row, field.name), person)
    value = getattr(row, field.attname)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return plain(value)


def plain(value: Any) -> Any:
    """As JSON can hold it: instants and days in ISO 8601."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return str(value)


def _related(value: Model | None, person: DataSubject) -> Any:
    """Who or what is pointed to; of other people no more than what the person knows already."""
    if value is None:
        return None
    if isinstance(value, User):
        return _("you") if value.pk in person.users else str(value.get_role_display())
    if isinstance(value, PatientProfile):
        return value.full_name if value.pk in person.patients else _("a patient")
    if isinstance(value, WaitingEntry | Hold):
        return str(value.pk)
    return str(value)


def _messages(person: DataSubject) -> Iterator[Row]:
    """What was sent and when; what it said is in the person's own inbox."""
    for message in messages_of(person).order_by("-pk")[: MOST_ROWS + 1]:
        yield {
            _("channel"): str(message.get_channel_display()),
            _("what"): message.action,
            _("status"): str(message.get_status_display()),
            _("written"): plain(message.created_at),
            _("settled"): plain(message.settled_at),
        }


def _trail(person: DataSubject) -> Iterator[Row]:
    """Who did what to their data, their sign-ins, and what they did themselves. Staff are named by their role."""
    for entry in _trail_of(person).order_by("-pgh_id")[: MOST_ROWS + 1]:
        is_own = entry.actor_id in person.users
        yield {
            _("when"): plain(entry.pgh_created_at),
            _("what"): str(entry.get_pgh_label_display()),
            pgettext("of what", "of"): entry.model,
            _("name"): entry.name,
            _("fields"): entry.changed,
            pgettext("by whom", "by"): _("you") if is_own else entry.actor_role or _("the system"),
            pgettext("from which address", "from"): entry.address if is_own else None,
        }


def _trail_of(person: DataSubject) -> QuerySet[Entry]:
    rows = [row for row in (person.user, person.patient, person.doctor) if row is not None]
    about = Q(about__overlap=[key_of(row) for row in rows])
    return Entry.objects.filter(about | Q(actor__in=person.users))
