"""Time off meets appointments: each is decided, all or nothing, and everybody is told (B6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.tests.factories import StaffFactory
from bookings.choices import Conflict, HoldState, Status
from bookings.models import Booking, Hold
from bookings.rules import AppointmentsChanged
from bookings.services.cancel import cancel
from bookings.services.steps import check_in
from bookings.tests.conftest import NOW
from bookings.tests.people import booked, confirmed, slot_in
from bookings.time_off import services as time_off
from bookings.time_off.rules import TimeOffDecision
from bookings.time_off.services import NoSlotsToOffer, TimeOffGone
from doctors.models import Closure, DoctorProfile, Slot, TimeOff
from doctors.tests.factories import make_doctor, make_slot
from integrations.models import OutgoingMessage
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)
OFF = NOW + timedelta(days=7), NOW + timedelta(days=8)


def within(doctor: DoctorProfile, hours: float = 1) -> Slot:
    """A free time inside OFF."""
    return make_slot(doctor, starts_at=OFF[0] + timedelta(hours=hours))


def others(doctor: DoctorProfile, count: int = 4, day: int = 9) -> list[Slot]:
    """Free times after OFF, a day apart."""
    return [slot_in(doctor, days=day + number) for number in range(count)]


def take(doctor: DoctorProfile, off: tuple[datetime, datetime] = OFF, **decisions: Any) -> time_off.TimeOffResult:
    reason = decisions.pop("reason", "")
    return time_off.take_time_off(
        doctor=doctor, off=off, decisions=decisions.pop("each", {}), reason=reason, by=doctor.user, now=NOW
    )


def actions() -> list[str]:
    return list(OutgoingMessage.objects.order_by("pk").values_list("action", flat=True))


def test_free_times_inside_leave_the_diary_and_those_outside_stay(doctor: DoctorProfile) -> None:
    within(doctor)
    held = within(doctor, 3)
    Slot.objects.filter(pk=held.pk).update(held_until=NOW + timedelta(hours=1))
    # Half-open: what ends when the time off begins, or begins when it ends, is not in it.
    before, after = (
        make_slot(doctor, starts_at=OFF[0] - timedelta(minutes=30)),
        make_slot(doctor, starts_at=OFF[1]),
    )
    foreign = within(make_doctor())
    across = make_slot(doctor, starts_at=OFF[1] - timedelta(minutes=10), minutes=5)

    saved = take(doctor)

    assert saved.removed == 3
    assert set(Slot.objects.all()) == {before, after, foreign}
    assert not Slot.objects.filter(pk=across.pk).exists()
    assert TimeOff.objects.get().starts_at == OFF[0]


def test_a_kept_appointment_stays_and_is_flagged(doctor: DoctorProfile) -> None:
    booking = confirmed(slot=within(doctor))
    OutgoingMessage.objects.all().delete()

    saved = take(doctor, each={booking.reference: TimeOffDecision.KEEP})

    booking.refresh_from_db()
    assert (booking.status, booking.conflict) == (Status.CONFIRMED, Conflict.TIME_OFF)
    assert booking.slot_id is not None
    assert [visit.pk for visit in saved.kept] == [booking.pk]
    assert actions() == []


def test_a_cancelled_one_is_told_and_its_time_is_not_free_again(doctor: DoctorProfile) -> None:
    booking = confirmed(slot=within(doctor))
    OutgoingMessage.objects.all().delete()

    take(doctor, each={booking.reference: TimeOffDecision.CANCEL}, reason="The doctor is ill")

    booking.refresh_from_db()
    assert booking.status == Status.CANCELLED
    assert booking.cancellation_reason == "The doctor is ill"
    assert booking.slot_id is None
    assert not Slot.objects.exists()
    assert set(actions()) == {"BOOKING_CANCELLED"}


def test_other_times_are_held_for_the_patient(doctor: DoctorProfile) -> None:
    booking = confirmed(slot=within(doctor))
    early = slot_in(doctor, days=1)
    free = others(doctor)
    OutgoingMessage.objects.all().delete()

    take(doctor, each={booking.reference: TimeOffDecision.OFFER})

    booking.refresh_from_db()
    assert (booking.status, booking.conflict) == (Status.CONFIRMED, Conflict.TIME_OFF)
    holds = Hold.objects.filter(booking=booking, state=HoldState.OPEN)
    assert {hold.slot for hold in holds} == set(free[:3])  # the next ones, not the early one
    assert not Slot.objects.get(pk=early.pk).is_held(NOW)
    assert actions() == ["TIMES_OFFERED"]


def test_two_patients_are_offered_different_times_at_which_they_are_free(doctor: DoctorProfile) -> None:
    busy = make_patient()
    free = others(doctor, 6)
    booked(slot=make_slot(starts_at=free[0].starts_at), patient=busy)
    first = booked(slot=within(doctor, 1), patient=busy)
    second = booked(slot=within(doctor, 2))

    take(doctor, each=dict.fromkeys([first.reference, second.reference], TimeOffDecision.OFFER))

    def held(booking: Booking) -> set[Slot]:
        return {hold.slot for hold in Hold.objects.filter(booking=booking)}

    assert held(first) == set(free[1:4])
    assert held(second) == {free[0], *free[4:]}


def test_nothing_is_saved_when_there_is_no_time_to_offer(doctor: DoctorProfile) -> None:
    kept, asked = booked(slot=within(doctor, 1)), booked(slot=within(doctor, 2))

    with pytest.raises(NoSlotsToOffer):
        take(doctor, each={kept.reference: TimeOffDecision.KEEP, asked.reference: TimeOffDecision.OFFER})

    assert not TimeOff.objects.exists()
    assert list(Booking.objects.exclude(conflict="")) == []


def test_an_appointment_without_a_decision_stops_everything(doctor: DoctorProfile) -> None:
    known, new = booked(slot=within(doctor, 1)), booked(slot=within(doctor, 2))

    with pytest.raises(AppointmentsChanged):
        take(doctor, each={known.reference: TimeOffDecision.CANCEL}, reason="Away")

    assert {visit.status for visit in Booking.objects.filter(pk__in=[known.pk, new.pk])} == {Status.PENDING}
    assert not TimeOff.objects.exists()


def test_a_decision_about_one_that_is_gone_is_no_matter(doctor: DoctorProfile) -> None:
    gone = booked(slot=within(doctor))
    cancel(booking=gone, by=gone.patient.user, now=NOW)

    saved = take(doctor, each={gone.reference: TimeOffDecision.CANCEL})

    assert (saved.cancelled, saved.removed) == ([], 1)


def test_a_patient_who_is_here_is_kept(doctor: DoctorProfile) -> None:
    slot = make_slot(doctor, starts_at=NOW + timedelta(hours=1))
    booking = confirmed(slot=slot)
    check_in(booking=booking, by=doctor.user, now=NOW)
    today = NOW, NOW + timedelta(hours=8)

    with pytest.raises(AppointmentsChanged):
        take(doctor, off=today, each={booking.reference: TimeOffDecision.CANCEL})
    assert len(take(doctor, off=today, each={booking.reference: TimeOffDecision.KEEP}).kept) == 1


def test_a_time_given_back_later_inside_time_off_is_not_free(doctor: DoctorProfile) -> None:
    booking = booked(slot=within(doctor))
    take(doctor, each={booking.reference: TimeOffDecision.KEEP})

    cancel(booking=booking, by=booking.patient.user, now=NOW)

    assert not Slot.objects.exists()


def test_removing_time_off_unflags_and_fills_the_diary_again(doctor: DoctorProfile) -> None:
    booking = booked(slot=within(doctor))
    row = take(doctor, each={booking.reference: TimeOffDecision.KEEP}).time_off

    time_off.end_time_off(doctor=doctor, time_off_id=row.pk, now=NOW)

    booking.refresh_from_db()
    assert booking.conflict == ""
    assert not TimeOff.objects.exists()
    with pytest.raises(TimeOffGone):
        time_off.end_time_off(doctor=doctor, time_off_id=row.pk, now=NOW)


def test_only_the_own_time_off_can_be_removed(doctor: DoctorProfile) -> None:
    row = take(doctor).time_off

    with pytest.raises(TimeOffGone):
        time_off.end_time_off(doctor=make_doctor(), time_off_id=row.pk, now=NOW)


def test_looking_first_says_what_it_will_meet(doctor: DoctorProfile) -> None:
    booking = booked(slot=within(doctor, 1))
    within(doctor, 2)
    free = others(doctor)

    effect = time_off.preview_time_off(doctor=doctor, off=OFF, now=NOW)

    assert effect.bookings == [booking]
    assert effect.offers == {booking.pk: free[:3]}
    assert (effect.free_count, effect.held_count) == (1, 0)


def test_a_flag_can_be_taken_away(doctor: DoctorProfile) -> None:
    booking = booked(slot=within(doctor))
    take(doctor, each={booking.reference: TimeOffDecision.KEEP})

    assert time_off.dismiss_conflict(booking=booking).conflict == ""


def test_a_closure_takes_free_times_of_all_doctors_and_flags_their_appointments(doctor: DoctorProfile) -> None:
    other = make_doctor()
    booking, spared = booked(slot=within(other)), booked(slot=slot_in(doctor, days=1))
    for clinician in (doctor, other):
        within(clinician, 5)

    closure, hit = time_off.close_hospital(name="Fair", times=OFF, by=StaffFactory(), now=NOW)

    assert [visit.pk for visit in hit] == [booking.pk]
    booking.refresh_from_db()
    spared.refresh_from_db()
    assert (booking.conflict, spared.conflict) == (Conflict.CLOSURE, "")
    assert {slot.pk for slot in Slot.objects.all()} == {booking.slot_id, spared.slot_id}

    time_off.reopen_hospital(closure=closure)

    booking.refresh_from_db()
    assert booking.conflict == ""
    assert not Closure.objects.exists()


# The same form sent twice: by a double click, from a second tab, by going back


def test_the_same_hours_stand_once_and_end_when_they_are_removed(doctor: DoctorProfile) -> None:
    first, again = take(doctor), take(doctor)
    assert first.time_off == again.time_off
    assert TimeOff.objects.count() == 1

    time_off.end_time_off(doctor=doctor, time_off_id=first.time_off.pk, now=NOW)

    assert not TimeOff.objects.exists()


def test_entered_again_the_same_hours_take_new_decisions(doctor: DoctorProfile) -> None:
    booking = booked(slot=within(doctor))
    take(doctor, each={booking.reference: TimeOffDecision.KEEP})
    take(doctor, each={booking.reference: TimeOffDecision.CANCEL}, reason="ill after all")
    booking.refresh_from_db()
    assert booking.status == Status.CANCELLED
    assert TimeOff.objects.count() == 1


def test_hours_of_another_doctor_or_other_hours_are_others(doctor: DoctorProfile) -> None:
    take(doctor), take(make_doctor()), take(doctor, off=(OFF[0], OFF[1] + timedelta(hours=1)))
    assert TimeOff.objects.count() == 3


def test_a_closure_sent_twice_stands_once() -> None:
    staff = StaffFactory()
    made = [time_off.close_hospital(name=name, times=OFF, by=staff, now=NOW)[0] for name in ("Fire", "Fire", "Flood")]
    assert made[0] == made[1]
    assert Closure.objects.count() == 2
    time_off.reopen_hospital(closure=made[0])
    assert Closure.objects.get() == made[2]
