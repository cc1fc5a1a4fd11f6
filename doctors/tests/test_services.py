"""Everything that changes doctors and their times, whichever page or program asks for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import StaffFactory
from doctors import services
from doctors.choices import SlotState
from doctors.models import DoctorProfile, Slot
from doctors.rules import InvalidTimes, LicenceTaken, OverlapsDiary
from doctors.tests.factories import make_doctor, make_slot

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def test_a_licence_belongs_to_one_doctor_and_a_refusal_leaves_no_account() -> None:
    make_doctor(licence_number="GMC 1")
    with pytest.raises(LicenceTaken):
        make_doctor(licence_number="GMC 1", username="second")
    assert not User.objects.filter(username="second").exists()


def test_approval_is_given_once_and_says_by_whom() -> None:
    doctor, now = make_doctor(approved=False), timezone.now()
    first, second = StaffFactory(), StaffFactory()
    assert services.approve_doctor(doctor=doctor, by=first, now=now)
    assert not services.approve_doctor(doctor=doctor, by=second, now=now + HOUR)
    doctor.refresh_from_db()
    assert (doctor.approved_at, doctor.approved_by) == (now, first)


def test_of_several_times_all_are_added_or_none() -> None:
    doctor, now = make_doctor(), timezone.now()
    times = [(now + n * HOUR, now + (n + 1) * HOUR) for n in (1, 2)]
    assert [slot.starts_at for slot in services.create_slots(doctor=doctor, times=times, now=now)] == [
        start for start, _ in times
    ]
    with pytest.raises(OverlapsDiary):
        services.create_slots(doctor=doctor, times=[(now + 5 * HOUR, now + 6 * HOUR), times[0]], now=now)
    with pytest.raises(InvalidTimes):
        services.create_slots(doctor=doctor, times=[(now + 5 * HOUR, now + 6 * HOUR), (now, now + HOUR)], now=now)
    assert Slot.objects.filter(doctor=doctor).count() == 2


def change(slot: Slot, doctor: DoctorProfile | None = None) -> None:
    now = timezone.now()
    whose = doctor or slot.doctor
    services.edit_slot(
        doctor=whose,
        slot_id=slot.pk,
        starts_at=now + 30 * HOUR,
        ends_at=now + 31 * HOUR,
        by=whose.user,
        now=now,
    )


def remove(slot: Slot, doctor: DoctorProfile | None = None) -> None:
    whose = doctor or slot.doctor
    services.delete_slot(doctor=whose, slot_id=slot.pk, by=whose.user, now=timezone.now())


@pytest.mark.parametrize("act", [change, remove])
def test_booked_past_and_other_peoples_times_stay_as_they_are(act: Callable[..., None]) -> None:
    booked, past, other = make_slot(), make_slot(starts_at=timezone.now() - HOUR), make_slot()
    Slot.objects.filter(pk=booked.pk).update(state=SlotState.BOOKED)
    before = list(Slot.objects.order_by("pk").values())
    with pytest.raises(services.SlotIsBooked):
        act(booked)
    with pytest.raises(services.SlotHasPassed):
        act(past)
    with pytest.raises(services.SlotGone):
        act(other, booked.doctor)
    assert list(Slot.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("act", [change, remove])
def test_a_time_that_has_gone_is_said_so(act: Callable[..., None]) -> None:
    slot = make_slot()
    Slot.objects.filter(pk=slot.pk).delete()
    with pytest.raises(services.SlotGone):
        act(slot)
