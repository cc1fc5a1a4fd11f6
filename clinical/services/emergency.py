"""Emergency access: a doctor reads the records of a patient they don't treat, for an hour, and says why (F2)."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import Can, may
from accounts.services import ERASED_ERRORS
from audit.choices import Kind
from audit.services import record, refused
from bookings import locks
from clinical import messages, selectors
from clinical.choices import Capacity
from clinical.models import EmergencyAccess
from clinical.rules import EMERGENCY_LASTS
from core.db import short_transaction
from core.errors import DomainError, translated
from core.text.folding import same_letters
from core.text.names import name_key
from doctors.models import DoctorProfile
from integrations import outbox
from patients.models import PatientProfile


class EmergencyAccessOff(DomainError):
    message = _("This hospital doesn’t allow emergency access.")
    status = 404


class NoSuchPatient(DomainError):
    message = _("We found no patient with this name and date of birth. Check both, or ask reception.")
    status = 422


class SeveralSuchPatients(DomainError):
    message = _("There’s more than one patient with this name and date of birth. Please ask reception.")
    status = 422


class TooManyEmergencyTries(DomainError):
    """How many an hour: ACCOUNT_RATE_LIMITS. Told by whoever counts requests."""

    message = _("Too many attempts. Wait an hour and try again, or ask reception to find the patient.")
    status = 429


def open_emergency_access(
    *, full_name: str, date_of_birth: date, reason: str, words: str, by: User, now: datetime
) -> tuple[PatientProfile, EmergencyAccess | None]:
    """Let the doctor `by` read the records of the patient of this whole name and date of birth from `now` on.

    The patient, and the access: the one that is still open, if there is; None for who treats them and needs none. The
    patient is told of a new one, an administrator sees it; a name that finds nobody is written in the trail.
    Raises EmergencyAccessOff, NoSuchPatient, SeveralSuchPatients, Busy.
    """
    if not settings.EMERGENCY_ACCESS or not may(by, Can.WRITE_RECORDS):
        raise EmergencyAccessOff
    doctor = DoctorProfile.objects.get(user=by)
    try:
        patient_id = _the_patient(full_name, date_of_birth)
    except (NoSuchPatient, SeveralSuchPatients) as error:
        refused(Kind.EMERGENCY_REFUSED, actor=by, details={"why": error.code})
        raise
    with translated(ERASED_ERRORS), short_transaction():
        patient = locks.patient(patient_id)  # an erasure of them waits, or has gone before
        if selectors.capacity_of(by, patient, now) == Capacity.TREATING_DOCTOR:
            return patient, None
        # Under the lock: the same form sent twice at once is one access, and one mail.
        still_open = EmergencyAccess.objects.filter(doctor=doctor, patient=patient, until__gt=now)
        if found := still_open.order_by("-until", "pk").first():
            return patient, found
        access = EmergencyAccess.objects.create(
            doctor=doctor,
            patient=patient,
            reason=reason,
            words=words.strip(),
            granted_at=now,
            until=now + EMERGENCY_LASTS,
        )
        record(Kind.EMERGENCY_ACCESS, actor=by, target=patient)
        outbox.enqueue(messages.emergency_access(access), now=now)
        return patient, access


def _the_patient(full_name: str, date_of_birth: date) -> int:
    """Only the whole name with the right date of birth finds anybody: nobody looks around here."""
    key = same_letters(name_key(full_name))
    named = Q(user__search_name__letters=key) | Q(user__isnull=True, own_search_name__letters=key)
    found = PatientProfile.objects.filter(named, date_of_birth=date_of_birth, erased_at__isnull=True)
    keys = list(found.order_by("pk").values_list("pk", flat=True)[:2])
    if not keys or not key:
        raise NoSuchPatient
    if len(keys) > 1:
        raise SeveralSuchPatients
    return keys[0]


def review(*, access: EmergencyAccess, by: User, now: datetime) -> bool:
    """An administrator has looked at it; the first counts. Whether it was this one."""
    with short_transaction():
        rows = EmergencyAccess.objects.filter(pk=access.pk, reviewed_at__isnull=True)
        return bool(rows.update(reviewed_at=now, reviewed_by=by))
