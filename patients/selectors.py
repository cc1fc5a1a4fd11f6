"""Reading patients, always only those the reader may see."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q, QuerySet

from accounts.models import User
from accounts.permissions import Can, may
from core.text.addresses import normal_or_lower
from core.text.folding import same_letters, search_words
from core.text.names import name_key
from core.text.phones import NUMBER_IN_TEXT, plain, sought_digits
from patients.models import PatientProfile
from patients.rules import date_in

MOST_NAMESAKES = 10


def patients_visible_to(actor: User | AnonymousUser) -> QuerySet[PatientProfile]:
    """A patient sees themselves and whom they care for, staff everybody; nobody else sees a patient here.

    Doctors meet their patients through the appointments they have with them.
    """
    patients = PatientProfile.objects.select_related("user", "guardian")
    if not actor.is_authenticated or not actor.is_active:
        return patients.none()
    if may(actor, Can.SEE_PATIENTS):
        return patients
    return patients.filter(Q(user=actor) | Q(guardian=actor, removed_at__isnull=True))


def patients_bookable_by(actor: User | AnonymousUser) -> QuerySet[PatientProfile]:
    """Of those `actor` may see, whom something can be booked for: nobody who is erased, whose account is closed, or
    who was taken off the list of who cared for them."""
    there = Q(user__isnull=True) | Q(user__is_active=True)
    return patients_visible_to(actor).filter(there, removed_at__isnull=True, erased_at__isnull=True)


def own_patient(actor: User | AnonymousUser) -> PatientProfile | None:
    """The patient `actor` is, if any."""
    if not actor.is_authenticated:
        return None
    return patients_visible_to(actor).filter(user=actor).first()


def people_cared_for(actor: User | AnonymousUser) -> QuerySet[PatientProfile]:
    """Whom `actor` cares for, by name (C11)."""
    return patients_visible_to(actor).filter(guardian_id=actor.pk).order_by("own_search_name", "pk")


def people_to_book_for(actor: User | AnonymousUser) -> list[PatientProfile]:
    """The patient `actor` is, first, then whom they care for. One query."""
    if not actor.is_authenticated:
        return []
    own = Q(user=actor) | Q(guardian=actor)
    by_name = (F("user").asc(nulls_last=True), "own_search_name", "pk")
    return list(patients_visible_to(actor).filter(own).order_by(*by_name))


def person_cared_for(actor: User | AnonymousUser, person_id: int) -> PatientProfile | None:
    """One of `people_cared_for`; None when there is no such person, or they are somebody else's."""
    return people_cared_for(actor).filter(pk=person_id).first()


def same_person(actor: User, *, full_name: str, date_of_birth: date) -> list[PatientProfile]:
    """Patients `actor` may book for of this name, however it is written, and date of birth: perhaps the same (C10)."""
    key = same_letters(name_key(full_name))
    born = patients_bookable_by(actor).filter(date_of_birth=date_of_birth)
    return list(
        born.filter(Q(user__search_name__letters=key) | Q(own_search_name__letters=key)).order_by("pk")[:MOST_NAMESAKES]
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody at the desk typed to find a patient: each part may be missing. `digits` are of a telephone."""

    words: tuple[str, ...]
    born: date | None
    email: str
    digits: tuple[str, ...]
    phone: str

    def __bool__(self) -> bool:
        return bool(self.words or self.born or self.email or self.digits)


def read_query(typed: str) -> Asked:
    """ "walker 31/3/1980", "020 7946 0999", "wanda@example.org": in any order, as the caller says it."""
    email = next((word for word in typed.split() if "@" in word), "")
    born, rest = date_in(typed.replace(email, " ") if email else typed)
    rest = plain(rest)
    phone = NUMBER_IN_TEXT.search(rest)
    digits = sought_digits(phone[0].strip()) if phone else ()
    if phone and digits:
        rest = rest.replace(phone[0], " ")
    words = [word for word in search_words(re.sub(r"[+\d(),;]", " ", rest)) if word.strip("-.")]
    return Asked(tuple(words), born, normal_or_lower(email), digits, phone[0].strip() if phone and digits else "")


def find_patients(actor: User, typed: str, *, limit: int) -> list[PatientProfile]:
    """Patients `actor` may book for who fit all of what was typed, by name; also by the name or number of whoever
    cares for them. One query."""
    asked = read_query(typed)
    if not asked:
        return []
    found = patients_bookable_by(actor)
    for word in asked.words:
        found = found.filter(_anywhere("search_name__holds_word", word, own="own_search_name__holds_word"))
    if asked.born:
        found = found.filter(date_of_birth=asked.born)
    if asked.email:
        found = found.filter(_anywhere("email__istartswith", asked.email, own="own_email__istartswith"))
    if asked.digits:
        found = found.filter(_has_number(asked.digits))
    return list(found.order_by("user__search_name", "own_search_name", "pk")[:limit])


def _anywhere(lookup: str, value: str, *, own: str) -> Q:
    """In the account's facts, in those of who has none, or in those of the guardian."""
    return Q(**{f"user__{lookup}": value}) | Q(**{own: value}) | Q(**{f"guardian__{lookup}": value})


def _has_number(sought: Iterable[str]) -> Q:
    """However it was written down or typed: only the digits count."""
    fits = Q()
    for digits in sought:
        fits |= _anywhere("phone__digits__contains", digits, own="own_phone__digits__contains")
    return fits
