"""A doctor leaves (H3): what is to come is decided first, nothing is left with somebody who is gone, records stay."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Session, User
from accounts.services import HasClosingProcess, set_active
from accounts.tests.factories import StaffFactory
from bookings.calendars import feeds
from bookings.choices import HoldState, Status, WaitingState
from bookings.departures import services as departures
from bookings.departures.rules import AlreadyLeft, DepartureDecision, InvalidLastDay, PatientIsHere, leaves_at
from bookings.models import Booking, CalendarFeed, Departure, Hold, WaitingEntry
from bookings.rules import AppointmentsChanged
from bookings.services.steps import check_in
from bookings.tests.conftest import NOW
from bookings.tests.factories import make_held, make_waiting
from bookings.tests.people import booked, confirmed, slot_in
from bookings.time_off import services as time_off
from bookings.time_off.services import BelongsToDeparture
from bookings.waiting_list import services as waiting_list
from bookings.waiting_list.selectors import entries_in_place_of
from core import clock
from core.clock import hospital_day
from doctors import selectors
from doctors import services as diaries
from doctors.models import DoctorProfile, Slot, TimeOff
from doctors.services import InTimeOff
from doctors.tests.factories import make_doctor, make_slot
from integrations.models import OutgoingMessage
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def boss() -> User:
    return StaffFactory()


def leave(doctor: DoctorProfile, boss: User, *, last_day: date | None = None, **how: Any) -> departures.DepartureResult:
    now = how.pop("now", NOW)
    seen = [
        visit.reference for visit in departures.preview_departure(doctor=doctor, last_day=last_day, now=now).bookings
    ]
    return departures.leave(
        doctor=doctor,
        last_day=last_day,
        decisions=how.pop("decisions", {}),
        otherwise=how.pop("otherwise", DepartureDecision.CANCEL),
        seen=how.pop("seen", seen),
        reason="Dr Gone has left us.",
        by=boss,
        now=now,
    )


def told() -> list[tuple[str, str]]:
    rows = OutgoingMessage.objects.order_by("pk")
    return [(row.action, row.data["to"]["email"]) for row in rows if row.channel == "EMAIL"]


def is_active(doctor: DoctorProfile) -> bool:
    return User.objects.get(pk=doctor.user_id).is_active


# At once


def test_everything_ends_with_the_account(doctor: DoctorProfile, boss: User) -> None:
    booking = confirmed(slot=slot_in(doctor, days=3))
    slot_in(doctor, days=4)
    client = Client()
    client.force_login(doctor.user)
    feeds.make_feed(user=doctor.user, now=NOW)

    left = leave(doctor, boss)

    booking.refresh_from_db()
    assert (booking.status, booking.cancellation_reason) == (Status.CANCELLED, "Dr Gone has left us.")
    assert left.is_complete
    assert left.removed == 1
    assert not is_active(doctor)
    assert not Slot.objects.filter(doctor=doctor).exists()
    assert not Session.objects.filter(user=doctor.user).exists()
    assert not CalendarFeed.objects.exists()
    assert client.get("/doctor/").status_code == 302
    assert selectors.doctor_by_slug(doctor.slug) is None
    assert Departure.objects.get(doctor=doctor).completed_at == NOW


def test_records_stay(doctor: DoctorProfile, boss: User) -> None:
    booking = booked(slot=slot_in(doctor, days=3))
    leave(doctor, boss)
    assert [change.to_status for change in booking.changes.order_by("pk")] == [Status.PENDING, Status.CANCELLED]
    assert DoctorProfile.objects.filter(pk=doctor.pk).exists()


def test_patients_are_told_and_led_to_all_doctors(doctor: DoctorProfile, boss: User) -> None:
    booking = booked(slot=slot_in(doctor, days=3))
    OutgoingMessage.objects.all().delete()

    leave(doctor, boss)

    assert ("BOOKING_CANCELLED", booking.patient.user.email) in told()
    assert ("ACCOUNT_CLOSED", doctor.user.email) in told()
    letter = next(row for row in OutgoingMessage.objects.order_by("pk") if row.action == "BOOKING_CANCELLED")
    assert letter.data["book_again_url"].endswith("/doctors/")


def test_a_cancelled_time_is_offered_to_nobody(doctor: DoctorProfile, boss: User) -> None:
    booked(slot=slot_in(doctor, days=3))
    entry = make_waiting(doctor=doctor, now=NOW)

    leave(doctor, boss)

    assert not Hold.objects.exists()
    entry.refresh_from_db()
    assert entry.state == WaitingState.ENDED
    assert ("WAITLIST_CLOSED", entry.patient.user.email) in told()


def test_held_times_go_with_the_diary(doctor: DoctorProfile, boss: User) -> None:
    held = make_held(make_patient(), slot_in(doctor, days=3), now=NOW)
    leave(doctor, boss)
    assert not Hold.objects.filter(pk=held.pk, state=HoldState.OPEN).exists()
    assert not Slot.objects.filter(doctor=doctor).exists()


def test_an_appointment_nobody_has_seen_stops_it_all(doctor: DoctorProfile, boss: User) -> None:
    booking = booked(slot=slot_in(doctor, days=3))
    with pytest.raises(AppointmentsChanged):
        leave(doctor, boss, seen=[])
    booking.refresh_from_db()
    assert booking.status == Status.PENDING
    assert is_active(doctor)
    assert not TimeOff.objects.exists()


def test_nobody_is_sent_away_in_the_middle_of_a_visit(doctor: DoctorProfile, boss: User) -> None:
    booking = confirmed(slot=make_slot(doctor, starts_at=NOW + timedelta(minutes=20)))
    check_in(booking=booking, by=doctor.user, now=NOW)
    with pytest.raises(PatientIsHere):
        leave(doctor, boss)


def test_a_doctor_leaves_once(doctor: DoctorProfile, boss: User) -> None:
    leave(doctor, boss)
    with pytest.raises(AlreadyLeft):
        leave(doctor, boss)


def test_no_road_puts_times_into_the_diary_again(doctor: DoctorProfile, boss: User) -> None:
    leave(doctor, boss)
    start = NOW + timedelta(days=5)
    with pytest.raises(InTimeOff):
        diaries.create_slots(doctor=doctor, times=[(start, start + timedelta(minutes=30))], now=NOW)
    off = TimeOff.objects.get(doctor=doctor)
    with pytest.raises(BelongsToDeparture):
        time_off.end_time_off(doctor=doctor, time_off_id=off.pk, now=NOW)


# A colleague


def test_a_time_with_a_colleague_is_held_for_the_patient(doctor: DoctorProfile, boss: User) -> None:
    other = make_doctor(full_name="Col League", department=doctor.department)
    make_doctor(full_name="Far Away")  # another department
    booking = booked(slot=slot_in(doctor, days=3))
    later, _ = slot_in(other, days=4), slot_in(other, days=9)
    OutgoingMessage.objects.all().delete()

    left = leave(doctor, boss, otherwise=DepartureDecision.COLLEAGUE)

    held = Hold.objects.get(state=HoldState.OPEN)
    assert (held.slot, held.patient) == (later, booking.patient)
    assert [visit.pk for visit in left.offered] == [booking.pk]
    letter = OutgoingMessage.objects.get(action="WAITLIST_OFFER").data
    assert letter["in_place_of"] == "Dr Lea Gone"
    assert letter["offer"]["doctor_name"] == "Dr Col League"
    make_waiting(patient=booking.patient, doctor=make_doctor())  # in nobody's place
    assert list(entries_in_place_of([doctor.pk])) == [held.entry]
    assert list(entries_in_place_of([other.pk])) == []
    new = waiting_list.accept(held=held, by=booking.patient.user, now=NOW)
    assert (new.doctor, new.starts_at) == (other, later.starts_at)


def test_who_gets_which_is_decided_one_by_one(doctor: DoctorProfile, boss: User) -> None:
    other = make_doctor(department=doctor.department)
    kept, gone = booked(slot=slot_in(doctor, days=3)), booked(slot=slot_in(doctor, days=4))
    slot_in(other, days=5), slot_in(other, days=6)

    left = leave(
        doctor, boss, decisions={kept.reference: DepartureDecision.COLLEAGUE}, otherwise=DepartureDecision.CANCEL
    )

    assert [booking.pk for booking in left.offered] == [kept.pk]
    assert [booking.pk for booking in left.cancelled] == [gone.pk]
    assert Hold.objects.get().patient == kept.patient


def test_when_no_colleague_has_a_time_the_patient_is_told_all_the_same(doctor: DoctorProfile, boss: User) -> None:
    booking = booked(slot=slot_in(doctor, days=3))
    left = leave(doctor, boss, otherwise=DepartureDecision.COLLEAGUE)
    assert [visit.pk for visit in left.cancelled] == [booking.pk]
    assert not WaitingEntry.objects.exists()


def test_no_time_is_held_for_two_and_none_while_the_patient_is_elsewhere(doctor: DoctorProfile, boss: User) -> None:
    other = make_doctor(department=doctor.department)
    patient = make_patient()
    booked(slot=slot_in(doctor, days=3), patient=patient)
    booked(slot=slot_in(doctor, days=4))
    clash = slot_in(other, days=5)
    booked(slot=make_slot(starts_at=clash.starts_at), patient=patient)
    slot_in(other, days=6)

    leave(doctor, boss, otherwise=DepartureDecision.COLLEAGUE)

    held = Hold.objects.filter(state=HoldState.OPEN)
    assert len({hold.slot_id for hold in held}) == len(held) == 2
    assert not held.filter(slot=clash, patient=patient).exists()


# On a later day


def test_until_the_last_day_all_goes_on(doctor: DoctorProfile, boss: User) -> None:
    before, after = booked(slot=slot_in(doctor, days=3)), booked(slot=slot_in(doctor, days=9))
    free, gone = slot_in(doctor, days=4), slot_in(doctor, days=10)

    left = leave(doctor, boss, last_day=hospital_day(NOW + timedelta(days=5)))

    assert not left.is_complete
    assert is_active(doctor)
    assert [Booking.objects.get(pk=visit.pk).status for visit in (before, after)] == [Status.PENDING, Status.CANCELLED]
    assert Slot.objects.filter(pk=free.pk).exists()
    assert not Slot.objects.filter(pk=gone.pk).exists()


def test_after_the_last_day_the_account_is_closed_by_itself(doctor: DoctorProfile, boss: User) -> None:
    leave(doctor, boss, last_day=hospital_day(NOW + timedelta(days=5)))

    assert departures.complete_departures(now=NOW + timedelta(days=5)) == 0
    assert is_active(doctor)
    assert departures.complete_departures(now=NOW + timedelta(days=6, hours=1)) == 1
    assert not is_active(doctor)
    assert departures.complete_departures(now=NOW + timedelta(days=7)) == 0


@pytest.mark.parametrize("days", [-1, 800])
def test_a_last_day_is_a_day_to_come(doctor: DoctorProfile, boss: User, days: int) -> None:
    with pytest.raises(InvalidLastDay):
        leave(doctor, boss, last_day=hospital_day(NOW) + timedelta(days=days))


# Coming back


def test_a_doctor_comes_back_with_the_same_diary(doctor: DoctorProfile, boss: User) -> None:
    leave(doctor, boss)

    departures.reinstate(doctor=doctor, now=NOW)

    assert is_active(doctor)
    assert not TimeOff.objects.exists()
    slot = diaries.create_slots(
        doctor=doctor, times=[(NOW + timedelta(days=5), NOW + timedelta(days=5, minutes=30))], now=NOW
    )[0]
    assert booked(slot=slot).status == Status.PENDING


# Other roads


def test_the_plain_way_to_deactivate_leads_here(doctor: DoctorProfile) -> None:
    with pytest.raises(HasClosingProcess):
        set_active(user=doctor.user, is_active=False)
    assert is_active(doctor)


def test_the_clock_is_the_hospitals(doctor: DoctorProfile, boss: User) -> None:
    today = hospital_day(clock.now())
    assert leaves_at(today, clock.now()) == clock.start_of_day(today + timedelta(days=1))
