"""Reading patients, always only those the reader may see."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q, QuerySet

from accounts.models import User
from accounts.permissions import Can, may
from core.text import search_key
from patients.models import PatientProfile

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
    """Patients `actor` may see with this name (accents, capitals aside) and date of birth: perhaps the same (C10)."""
    key = search_key(full_name)
    born = patients_visible_to(actor).filter(date_of_birth=date_of_birth)
    return list(born.filter(Q(user__search_name=key) | Q(own_search_name=key)).order_by("pk")[:MOST_NAMESAKES])
