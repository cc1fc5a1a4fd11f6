"""For whom an appointment is: the reader, or somebody they care for (C11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from accounts.models import User
from bookings import rules, services
from bookings.models import Booking
from core.errors import DomainError
from doctors.models import Slot
from patients.models import PatientProfile
from patients.presenters import names_apart


def person_asked(people: Sequence[PatientProfile], person_id: int | None) -> PatientProfile | None:
    """The one of `people` asked for; None when nobody in particular was. Raises NoSuchPerson for anybody else."""
    if person_id is None:
        return None
    for person in people:
        if person.pk == person_id:
            return person
    raise rules.NoSuchPerson


def first_who_can(
    people: Sequence[PatientProfile],
    asked: PatientProfile | None,
    slot: Slot,
    clashes: Mapping[int, Booking],
    now: datetime,
) -> PatientProfile:
    """Whom the form proposes: the one asked for, else the first who could have `slot`.

    `clashes` says who is elsewhere then. Raises what `rules.check_can_book` says of the first, when nobody can.
    """
    refusals: list[DomainError] = []
    for person in [asked] if asked else people:
        try:
            rules.check_can_book(services.offer_of(slot, person, now), patient_is_busy=person.pk in clashes, now=now)
        except DomainError as error:
            refusals.append(error)
        else:
            return person
    raise refusals[0]


def choices_of(people: Sequence[PatientProfile], clashes: Mapping[int, Booking], viewer: User) -> list[tuple[str, str]]:
    """For the radio buttons of "Who is this for?"."""
    names = names_apart(people)
    return [(str(one.pk), _words(one, names[one.pk], viewer, is_busy=one.pk in clashes)) for one in people]


def _words(person: PatientProfile, told: str, viewer: User, *, is_busy: bool) -> str:
    if person.user_id == viewer.pk:
        name = f"Yourself, {told}"
    else:
        name = f"{told}, {person.relationship}" if person.relationship else told
    return f"{name} – has another appointment at this time" if is_busy else name
