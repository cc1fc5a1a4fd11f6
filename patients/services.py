"""Everything that changes patients."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from accounts.choices import Role
from accounts.models import User
from accounts.services import ACCOUNT_ERRORS, Erased, create_account, lock_open, update_account
from core.db import short_transaction
from core.errors import translated
from core.text.addresses import normal_or_lower
from core.text.folding import same_letters
from core.text.names import name_key
from integrations import outbox
from patients import locks
from patients.models import PatientProfile
from patients.rules import check_can_add_person


def register_patient(
    *,
    username: str,
    email: str,
    password: str | None,
    full_name: str,
    phone: str,
    date_of_birth: date,
    now: datetime,
    profile: dict[str, Any] | None = None,
) -> PatientProfile:
    """Make a patient's account and profile together, and welcome them (A2, A5). Raises EmailTaken, UsernameTaken."""
    with translated(ACCOUNT_ERRORS), transaction.atomic():
        user = create_account(
            role=Role.PATIENT, username=username, email=email, password=password, full_name=full_name, phone=phone
        )
        patient = PatientProfile.objects.create(user=user, date_of_birth=date_of_birth, **(profile or {}))
        outbox.enqueue([outbox.welcome(user)], now=now)
        return patient


def update_patient(*, patient: PatientProfile, full_name: str, phone: str, profile: dict[str, Any]) -> PatientProfile:
    """Change name, phone and profile together. Raises Erased, Busy."""
    with translated(ACCOUNT_ERRORS), transaction.atomic():
        if locks.patient(patient.pk).erased_at is not None:
            raise Erased
        if not patient.user:
            profile = {**profile, "own_name": " ".join(full_name.split()), "own_phone": phone.strip()}
        for name, value in profile.items():
            setattr(patient, name, value)
        patient.save(update_fields=list(profile))
        if patient.user:  # accounts come last in the order of locks
            update_account(user=patient.user, full_name=full_name, phone=phone)
    return patient


def add_dependent(
    *,
    guardian: User,
    full_name: str,
    date_of_birth: date,
    relationship: str = "",
    profile: dict[str, Any] | None = None,
) -> PatientProfile:
    """Put somebody on the list of people `guardian` cares for (C11). Raises AlreadyListed, TooManyPeople,
    AccountClosed, Busy.

    Who was taken off it before comes back with their appointments; nobody is registered twice.
    """
    facts = {"own_name": " ".join(full_name.split()), "relationship": " ".join(relationship.split()), **(profile or {})}
    with translated(ACCOUNT_ERRORS), short_transaction():
        locks.family_of(guardian)
        known = PatientProfile.objects.filter(guardian=guardian)
        twin = known.filter(
            own_search_name__letters=same_letters(name_key(full_name)), date_of_birth=date_of_birth
        ).first()
        check_can_add_person(
            already_listed=twin is not None and twin.removed_at is None,
            count=known.filter(removed_at__isnull=True).count(),
        )
        person = twin or PatientProfile(guardian=guardian, date_of_birth=date_of_birth)
        person.removed_at = None
        for name, value in facts.items():
            setattr(person, name, value)
        lock_open(guardian)  # accounts come last in the order of locks
        person.save()
        return person


def register_without_account(
    *, full_name: str, date_of_birth: date, phone: str = "", email: str = "", profile: dict[str, Any] | None = None
) -> PatientProfile:
    """Somebody who came without an account (C10); to be called inside the caller's transaction."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("register_without_account must run inside the transaction that books")
    return PatientProfile.objects.create(
        own_name=" ".join(full_name.split()),
        own_phone=phone.strip(),
        own_email=normal_or_lower(email),
        date_of_birth=date_of_birth,
        **(profile or {}),
    )
