"""What differs between an appointment here and the event at Google, and which times are taken there. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from core.formats import clock_time, in_zone, long_date
from integrations.google_calendar.events import EventFacts, SeenEvent


@dataclass(frozen=True)
class Differences:
    """By event id: `missing` from the calendar; there, `changed` in words or `moved` to another time; `orphans`."""

    missing: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    moved: dict[str, SeenEvent] = field(default_factory=dict)
    orphans: dict[str, SeenEvent] = field(default_factory=dict)


def compare(expected: Mapping[str, EventFacts], known: Iterable[str], seen: Iterable[SeenEvent]) -> Differences:
    """`expected`: what must stand; `known`: ids that may stand beside them, such as a visit that is over."""
    found = {event.event_id: event for event in seen}
    may_stand = {*expected, *known}
    differences = Differences(
        missing=set(expected) - set(found),
        orphans={key: event for key, event in found.items() if key not in may_stand},
    )
    for key, facts in expected.items():
        if (event := found.get(key)) is None:
            continue
        if (event.starts_at, event.ends_at) != (facts.starts_at, facts.ends_at):
            differences.moved[key] = event
        elif (event.summary.strip(), event.location.strip()) != (facts.summary.strip(), facts.location.strip()):
            differences.changed.add(key)
    return differences


def moved_words(event: SeenEvent, zone: str) -> str:
    """What a doctor of `zone` is told who moved an event at Google."""
    if event.starts_at is None:
        return _("In your Google Calendar you changed this appointment’s time.")
    when = {"day": long_date(event.starts_at), "time": clock_time(in_zone(event.starts_at, zone))}
    return _("In your Google Calendar you moved this appointment to %(day)s at %(time)s.") % when
