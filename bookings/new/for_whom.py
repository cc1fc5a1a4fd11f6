"""For whom an appointment is: the reader, or somebody they care for (C11)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from bookings import rules
from bookings.services.book import slot_facts
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


def only_person(people: Sequence[PatientProfile]) -> PatientProfile:
    """Whom it is for when nobody is asked, because there is one only. Raises PersonNotChosen, NoSuchPerson."""
    if len(people) > 1:
        raise rules.PersonNotChosen
    if not people:
        raise rules.NoSuchPerson
    return people[0]


def first_who_can(
    people: Sequence[PatientProfile],
    asked: PatientProfile | None,
    slot: Slot,
    busy: Collection[int],
    now: datetime,
) -> PatientProfile:
    """The one asked for, else the first who could have `slot`: whether the form is worth showing.

    `busy` has the keys of those who are elsewhere then. Raises what `rules.check_can_book` says of the first, when
    nobody can.
    """
    refusals: list[DomainError] = []
    for person in [asked] if asked else people:
        try:
            rules.check_can_book(slot_facts(slot, person, now), patient_is_busy=person.pk in busy, now=now)
        except DomainError as error:
            refusals.append(error)
        else:
            return person
    raise refusals[0]


def choices_of(people: Sequence[PatientProfile], busy: Collection[int], viewer: User) -> list[tuple[str, str]]:
    """For the radio buttons of "Who is this for?"."""
    names = names_apart(people)
    return [(str(person.pk), _words(person, names[person.pk], viewer, is_busy=person.pk in busy)) for person in people]


def person_words(person: PatientProfile, told: str, viewer: User) -> str:
    """One of the answers to "Who is this for?"; `told` is a name that tells namesakes apart."""
    if person.user_id == viewer.pk:
        return _("Yourself, %(name)s") % {"name": told}
    return f"{told}, {person.relationship}" if person.relationship else told


def _words(person: PatientProfile, told: str, viewer: User, *, is_busy: bool) -> str:
    name = person_words(person, told, viewer)
    return _("%(person)s – has another appointment at this time") % {"person": name} if is_busy else name


@dataclass(frozen=True, slots=True)
class BookButton:
    """The words of the button that books, and for each person who can be chosen those that name them."""

    label: str
    by_person: Mapping[str, str]


def book_button(
    people: Sequence[PatientProfile], chosen: PatientProfile | None, viewer: User, *, is_request: bool
) -> BookButton:
    """ "Book for Oliver": who presses it reads for whom. `is_request`: the doctor has still to say yes."""
    whole = _("Request this appointment") if is_request else _("Book this appointment")
    if len(people) < 2:  # noqa: PLR2004  there is nobody to mix up
        return BookButton(whole, {})
    names = names_apart(people)
    by_person = {
        str(person.pk): _button_words(person, names[person.pk], people, viewer, is_request) for person in people
    }
    return BookButton(by_person[str(chosen.pk)] if chosen else whole, by_person)


def _button_words(
    person: PatientProfile, told: str, people: Sequence[PatientProfile], viewer: User, is_request: bool
) -> str:
    if person.user_id == viewer.pk:
        return _("Request for yourself") if is_request else _("Book for yourself")
    words = _("Request for %(name)s") if is_request else _("Book for %(name)s")
    return words % {"name": _short_name(person, told, people)}


def _short_name(person: PatientProfile, told: str, people: Sequence[PatientProfile]) -> str:
    """The first name, unless two on the list share it: then the name that tells them apart."""
    first = [person.full_name.partition(" ")[0] for person in people]
    own = person.full_name.partition(" ")[0]
    return own if first.count(own) == 1 else told
