"""Everything that changes doctors, departments and times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy

from accounts.choices import Role
from accounts.models import User
from accounts.services import ACCOUNT_ERRORS, ERASED_ERRORS, create_account, update_account
from core.db import short_transaction
from core.errors import DomainError, translated
from core.intervals import interval_of, overlapping, overlaps, overlaps_any
from doctors import locks, messages
from doctors.choices import SlotSource
from doctors.models import Closure, DoctorProfile, Slot, TimeOff
from doctors.rules import LicenceTaken, OverlapsDiary, check_times
from integrations import outbox


class SlotGone(DomainError):
    message = gettext_lazy("This time is no longer in the diary.")
    status = 404


class SlotIsBooked(DomainError):
    message = gettext_lazy("A patient has booked this time. Cancel the appointment first.")


class SlotIsHeld(DomainError):
    message = gettext_lazy("This time is held for a patient who’s been offered it. Wait for their answer.")


class SlotHasPassed(DomainError):
    message = gettext_lazy("This time has already passed. It stays in the diary.")


class InTimeOff(DomainError):
    message = gettext_lazy(
        "That’s during time off, or when the hospital is closed. Choose another time, or remove the time off first."
    )


PROFILE_ERRORS: Mapping[str, type[DomainError]] = {
    **ACCOUNT_ERRORS,
    "doctors_doctorprofile_licence_number_key": LicenceTaken,
}
SLOT_ERRORS: Mapping[str, type[DomainError]] = {"slot_no_overlap": OverlapsDiary, **ERASED_ERRORS}


def register_doctor(
    *,
    username: str,
    email: str,
    password: str | None,
    full_name: str,
    phone: str,
    now: datetime,
    profile: dict[str, Any],
) -> DoctorProfile:
    """Make a doctor's account and profile together (A5).

    Patients see the doctor once staff approve the licence, or at once when `DOCTORS_NEED_APPROVAL` is off (A4).
    Raises EmailTaken, UsernameTaken, LicenceTaken.
    """
    with translated(PROFILE_ERRORS), transaction.atomic():
        user = create_account(
            role=Role.DOCTOR, username=username, email=email, password=password, full_name=full_name, phone=phone
        )
        approved_at = None if settings.DOCTORS_NEED_APPROVAL else now
        doctor = DoctorProfile.objects.create(user=user, approved_at=approved_at, **profile)
        outbox.enqueue([outbox.welcome(user, awaiting_approval=approved_at is None)], now=now)
        return doctor


def approve_doctor(*, doctor: DoctorProfile, by: User, now: datetime) -> bool:
    """Let patients see the doctor. Says whether this call did it (approving twice changes nothing)."""
    with short_transaction():
        fresh = locks.doctor(doctor.pk)
        if fresh.approved_at is not None:
            return False
        fresh.approved_at, fresh.approved_by = now, by
        fresh.save(update_fields=["approved_at", "approved_by"])
        outbox.enqueue([messages.approved(fresh)], now=now)
        return True


def create_slots(*, doctor: DoctorProfile, times: Sequence[tuple[datetime, datetime]], now: datetime) -> list[Slot]:
    """Put one or several times into the diary, all or none (B4). Instants are aware, intervals half-open.

    Raises InvalidTimes, OverlapsDiary, InTimeOff, Busy.
    """
    for starts_at, ends_at in times:
        check_times(starts_at=starts_at, ends_at=ends_at, now=now)
    with translated(SLOT_ERRORS), short_transaction():
        locks.doctor(doctor.pk)
        _check_not_off(doctor, times)
        return Slot.objects.bulk_create(
            Slot(doctor=doctor, starts_at=starts_at, ends_at=ends_at) for starts_at, ends_at in times
        )


def edit_slot(
    *, doctor: DoctorProfile, slot_id: UUID, starts_at: datetime, ends_at: datetime, by: User, now: datetime
) -> Slot:
    """Put another time into the diary in place of a free, coming one of the doctor.

    Raises InvalidTimes, SlotGone, SlotIsBooked, SlotIsHeld, SlotHasPassed, OverlapsDiary, InTimeOff, Busy.
    """
    check_times(starts_at=starts_at, ends_at=ends_at, now=now)
    with translated(SLOT_ERRORS), short_transaction():
        locks.doctor(doctor.pk)
        slot = _own_free_slot(doctor, slot_id, now)
        _check_not_off(doctor, [(starts_at, ends_at)])
        _keep_out(slot, (starts_at, ends_at), by=by, now=now)
        # Another time under another key: whoever is just checking the old one is told that it has gone, and is
        # never booked at hours they have not seen.
        slot.delete()
        return Slot.objects.create(doctor=doctor, starts_at=starts_at, ends_at=ends_at, source=SlotSource.MANUAL)


def _check_not_off(doctor: DoctorProfile, times: Sequence[tuple[datetime, datetime]]) -> None:
    """The caller holds the doctor's lock, so no time off is being saved meanwhile."""
    for rows in (TimeOff.objects.filter(doctor=doctor), Closure.objects.all()):
        off = rows.filter(overlapping(min(start for start, _ in times), max(end for _, end in times)))
        if any(overlaps_any(away, times) for away in off.values_list("starts_at", "ends_at")):
            raise InTimeOff


def delete_slot(*, doctor: DoctorProfile, slot_id: UUID, by: User, now: datetime) -> None:
    """Take a free, coming time out of the diary. Raises SlotGone, SlotIsBooked, SlotIsHeld, SlotHasPassed, Busy.

    Cancelled appointments that once held it keep their own copy of the time. One of the weekly hours becomes time
    off, or the next night would make it again.
    """
    with translated(SLOT_ERRORS), short_transaction():
        locks.doctor(doctor.pk)
        slot = _own_free_slot(doctor, slot_id, now)
        _keep_out(slot, None, by=by, now=now)
        slot.delete()


def _keep_out(slot: Slot, instead: tuple[datetime, datetime] | None, *, by: User, now: datetime) -> None:
    """A time of the weekly hours is taken out, or given the hours `instead`: what it leaves empty stays empty."""
    if slot.source != SlotSource.WEEKLY:
        return
    if instead is not None and overlaps(instead, interval_of(slot)):
        return  # the new hours stand in the way of the old ones by themselves
    TimeOff.objects.create(
        doctor=slot.doctor,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        note="A single time, taken out of the weekly hours",
        created_by=by,
        created_at=now,
    )


def _own_free_slot(doctor: DoctorProfile, slot_id: UUID, now: datetime) -> Slot:
    slot = locks.slot(slot_id)
    if slot is None or slot.doctor_id != doctor.pk:
        raise SlotGone
    if slot.starts_at <= now:
        raise SlotHasPassed
    if not slot.is_free:
        raise SlotIsBooked
    if slot.is_held(now):
        raise SlotIsHeld
    return slot


def update_doctor(*, doctor: DoctorProfile, full_name: str, phone: str, profile: dict[str, Any]) -> DoctorProfile:
    """Change name, phone and profile together. Raises LicenceTaken, Erased, Busy."""
    with translated(PROFILE_ERRORS), transaction.atomic():
        for name, value in profile.items():
            setattr(doctor, name, value)
        doctor.save(update_fields=list(profile))
        update_account(user=doctor.user, full_name=full_name, phone=phone)  # last in the order of locks
    return doctor


def set_accepting(*, doctor: DoctorProfile, is_accepting: bool) -> None:
    """Open or close the diary for new bookings (B7); booked appointments stay."""
    doctor.is_accepting = is_accepting
    doctor.save(update_fields=["is_accepting"])
