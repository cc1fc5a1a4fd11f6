"""Whoever can be told no before they wait for the lock is told at once (docs/locking.md).

An early look may only refuse what is refused under the lock as well: it asks the same rules of the same facts, and
keeps silent about whatever it can't be sure of. It never grants anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bookings import rules
from bookings.new.selectors import Snapshot
from bookings.services.book import slot_facts
from patients.models import PatientProfile


def check_at_sight(seen: Snapshot, person_id: int | None, now: datetime) -> None:
    """Raises what `rules.check_can_book` says, unless it is not sure that booking would come as far as asking it.

    A form that has booked something is shown it, whatever has become of its time since (C4); for whom it is, and
    whether they can be booked for, is settled under the lock.
    """
    slot, person = seen.slot, _person_meant(seen.people, person_id)
    if slot is None or person is None or seen.is_answered:
        return
    is_busy = seen.clash_of(person) is not None
    rules.check_can_book(slot_facts(slot, person, now), patient_is_busy=is_busy, now=now)


def _person_meant(people: Sequence[PatientProfile], person_id: int | None) -> PatientProfile | None:
    """None where `book` refuses, or asks back, for the person's sake."""
    meant = [person for person in people if person_id in {None, person.pk} and person.erased_at is None]
    return meant[0] if len(meant) == 1 and (person_id is not None or len(people) == 1) else None
