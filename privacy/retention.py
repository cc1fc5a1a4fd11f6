"""What is kept after an erasure, and its end: the record and invoices when they are due, messages once the last has
left."""

from __future__ import annotations

import logging
from datetime import date, datetime
from uuid import UUID

from accounts.models import User
from audit import services as audit
from audit.choices import Kind
from billing.locks import drafts_of
from billing.services.erasure import drop_drafts_of, erase_invoice, invoices_to_erase
from bookings import locks
from clinical.models import EmergencyAccess, TreatmentRecordVersion
from core.batches import process_each
from core.clock import hospital_day
from core.crypto import seal
from core.db import short_transaction
from doctors.models import DoctorProfile
from integrations.models import GoogleConnection, OutgoingMessage
from patients.models import PatientProfile
from privacy.data_subjects import DataSubject
from privacy.erasure_allowed import erasure_allowed
from privacy.models import Erasure
from privacy.streams import messages_in

logger = logging.getLogger(__name__)
AT_ONCE, MOST = 500, 100_000
NO_BIRTHDAY = date(1900, 1, 1)
NOTHING_SAID = {"to": {"email": "", "name": ""}, "erased": True}


def person_of(erasure: Erasure) -> DataSubject:
    """Whose rows they were."""
    patient = erasure.patient or PatientProfile.objects.filter(user=erasure.user).first()
    doctor = DoctorProfile.objects.filter(user=erasure.user).first() if erasure.user else None
    return DataSubject(user=erasure.user, patient=patient, doctor=doctor)


def lock_record(person: DataSubject) -> None:
    """What is written before the account, in the order of docs/locking.md: doctor, patients, appointments, drafts."""
    for pk in person.doctors:
        locks.doctor(pk)
    locks.patients(person.own_patients | person.ever_cared_for)
    locks.bookings(set(person.own_bookings.values_list("pk", flat=True)))
    drafts_of(person.own_patients)


def erase_record(erasure: Erasure, person: DataSubject, *, now: datetime) -> None:
    """What the law asked to keep; to be called inside a transaction.

    That there was an appointment, when, and what became of it, stays: it is in nobody's name any more.
    """
    with erasure_allowed():
        PatientProfile.objects.filter(pk__in=person.own_patients).update(
            date_of_birth=NO_BIRTHDAY, blood_group="", medical_history="", allergies=""
        )
        person.own_bookings.update(reason="", notes="")
        _erase_what_doctors_wrote(person)
        for doctor in DoctorProfile.objects.filter(pk__in=person.doctors):
            _erase_name_of(doctor, erasure)
    erasure.record_erased_at = now
    erasure.save(update_fields=["record_erased_at"])


def _erase_what_doctors_wrote(person: DataSubject) -> None:
    """All of every version, the amended ones too: the one change the database allows of a signed record."""
    signed = TreatmentRecordVersion.objects.filter(record__booking__in=person.own_bookings)
    signed.update(
        reason="",
        diagnosis="",
        diagnosis_code=None,
        notes="",
        medications=[],
        instructions="",
        follow_up_date=None,
    )
    EmergencyAccess.objects.filter(patient__in=person.own_patients).update(words="")


def _erase_name_of(doctor: DoctorProfile, erasure: Erasure) -> None:
    code = erasure.pseudonym.lower()
    doctor.licence_number, doctor.slug, doctor.qualification = f"erased-{code}", f"erased-{code}", ""
    doctor.save(update_fields=["licence_number", "slug", "qualification"])
    user = User.objects.get(pk=doctor.user_id)
    user.full_name = f"Erased doctor {erasure.pseudonym}"
    user.save(update_fields=["full_name"])


def erase_what_is_due(*, now: datetime) -> int:
    """Records whose time is over, each in a transaction of its own; says how many. May run twice at once."""
    due = Erasure.objects.filter(record_erased_at__isnull=True, record_due__lte=hospital_day(now)).order_by("pk")
    keys = list(due.values_list("pk", flat=True))
    return process_each(keys, lambda pk: _erase_one(pk, now), what="The record of erasure")


def _erase_one(pk: int, now: datetime) -> bool:
    with short_transaction():
        erasure = Erasure.objects.get(pk=pk)
        person = person_of(erasure)
        lock_record(person)
        if Erasure.objects.filter(pk=pk, record_erased_at__isnull=False).exists():
            return False
        erase_record(erasure, person, now=now)
        audit.record(Kind.PERSONAL_DATA_ERASED, target=person.user or person.patient, details={"part": "record"})
        return True


def erase_invoices_due(*, now: datetime) -> int:
    """Who the buyer was, and what was typed, on invoices that need not be kept any more; says how many. May run twice
    at once. Each in a transaction of its own."""
    _drop_late_drafts()
    keys = list(invoices_to_erase(now).order_by("issued_at", "pk").values_list("pk", flat=True)[:MOST])
    return process_each(keys, _erase_invoice, what="The invoice")


def _erase_invoice(key: UUID) -> bool:
    with short_transaction(), erasure_allowed():
        erase_invoice(key)
        audit.record(Kind.PERSONAL_DATA_ERASED, details={"part": "invoice", "invoice": str(key)})
    return True


def _drop_late_drafts() -> None:
    """What somebody drafted in the very moment of the erasure, which could not see it yet."""
    late = PatientProfile.objects.filter(erased_at__isnull=False, invoices__number="").values_list("pk", flat=True)
    process_each(set(late), _drop_drafts, what="The drafts of patient")


def _drop_drafts(patient: int) -> bool:
    with short_transaction():
        drop_drafts_of({patient})
    return True


def erase_messages(*, now: datetime) -> int:
    """What messages said and to whom, once none waits any more; says of how many people. Some at a time."""
    waiting = Erasure.objects.filter(messages_erased_at__isnull=True).order_by("pk")
    return process_each(list(waiting), lambda one: _erase_messages_of(one, now), what="The messages of erasure")


def _erase_messages_of(erasure: Erasure, now: datetime) -> bool:
    """In small transactions, once none is open: the last one has left, and Google has been told."""
    found = messages_in(erasure.streams)
    if found.open().exists():
        return False
    keys = list(found.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), AT_ONCE):
        with short_transaction():
            rows = OutgoingMessage.objects.filter(pk__in=keys[start : start + AT_ONCE])
            rows.update(content=seal(NOTHING_SAID), mailbox="", last_error="", content_erased_at=now)
    with short_transaction():
        GoogleConnection.objects.filter(user=erasure.user_id, user__isnull=False).delete()
        Erasure.objects.filter(pk=erasure.pk).update(messages_erased_at=now, streams=[])
    return True
