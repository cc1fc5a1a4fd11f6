"""Reading patients, always only those the reader may see."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from accounts.models import User
from patients.models import PatientProfile


def patients_visible_to(actor: User | AnonymousUser) -> QuerySet[PatientProfile]:
    """A patient sees themselves, staff everybody; nobody else sees a patient here.

    Doctors meet their patients through the appointments they have with them.
    """
    patients = PatientProfile.objects.select_related("user")
    if not actor.is_authenticated or not actor.is_active:
        return patients.none()
    if actor.is_hospital_staff:
        return patients
    return patients.filter(user=actor)


def own_patient(actor: User | AnonymousUser) -> PatientProfile | None:
    """The patient `actor` is, if any."""
    if not actor.is_authenticated:
        return None
    return patients_visible_to(actor).filter(user=actor).first()
