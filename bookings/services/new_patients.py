"""Somebody the hospital does not know yet, registered in the transaction that books for them (C10)."""

from __future__ import annotations

from bookings.rules import NoSuchPerson, PatientRef
from patients.models import PatientProfile
from patients.services import register_without_account


def register(patient_ref: PatientRef) -> PatientProfile:
    """Without an account; inside the caller's transaction, so that nobody stays behind whom nothing was booked for."""
    person = patient_ref.new
    if person is None:
        raise NoSuchPerson
    return register_without_account(
        full_name=person.full_name, date_of_birth=person.date_of_birth, phone=person.phone, email=person.email
    )
