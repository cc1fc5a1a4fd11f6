"""The waiting list (C9): a freed time is held for the first match, then passes on."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from bookings import rules, tasks
from bookings.choices import HoldState, Status, WaitingState
from bookings.holds.services import OfferGone
from bookings.models import Booking, Hold, WaitingEntry
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.tests.conftest import NOW
from bookings.tests.factories import make_waiting
from bookings.tests.people import booked, slot_in
from bookings.waiting_list import services as waiting_list
from core import clock
from core.clock import hospital_day, start_of_day
from doctors import services as diaries
from doctors.models import DoctorProfile, Slot, TimeOff
from doctors.selectors import free_days, next_free_slots
from doctors.tests.factories import make_doctor
from integrations.models import OutgoingMessage
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)
_moments = count()


def wait(doctor: DoctorProfile, **wish: Any) -> WaitingEntry:
    """On the list, a moment after whoever was put there before."""
    return make_waiting(doctor=doctor, now=NOW - HOUR + timedelta(seconds=next(_moments)), **wish)


def freed(doctor: DoctorProfile, **ahead: float) -> Slot:
    """A time somebody has just given back."""
    booking = booked(slot=slot_in(doctor, **(ahead or {"days": 3})))
    cancel(booking=booking, by=booking.patient.user, now=NOW)
    return Slot.objects.get(pk=booking.slot_id)


def running() -> Hold | None:
    return Hold.objects.filter(state=HoldState.OPEN).first()


def held_for() -> WaitingEntry | None:
    one = running()
    return one.entry if one else None


def test_a_freed_time_is_held_for_the_first_who_asked_and_they_are_told() -> None:
    doctor = make_doctor()
    first, _ = wait(doctor), wait(doctor)

    slot = freed(doctor)

    one = running()
    assert one is not None
    assert (one.entry, one.slot, one.until) == (first, slot, NOW + HOUR)
    assert slot.held_until == NOW + HOUR
    told = OutgoingMessage.objects.get(action="WAITLIST_OFFER")
    assert told.data["to"]["email"] == first.patient.user.email
    assert told.data["accept_url"].endswith(f"/waiting/offers/{one.pk}/")


def test_a_held_time_is_nowhere_counted_as_free_until_the_hour_is_over() -> None:
    doctor = make_doctor()
    wait(doctor)
    slot = freed(doctor)

    assert next_free_slots(doctor, NOW, 5) == []
    assert free_days(doctor, NOW).first_free is None
    assert next_free_slots(doctor, NOW + HOUR, 5) == [slot]


def test_others_cannot_book_it_and_its_doctor_can_neither_move_nor_delete_it() -> None:
    doctor = make_doctor()
    wait(doctor)
    slot = freed(doctor)
    other = make_patient()

    with pytest.raises(rules.SlotTaken):
        book(slot_id=slot.pk, patient_ref=PatientRef.of(other), by=other.user, now=NOW)
    with pytest.raises(diaries.SlotIsHeld):
        diaries.delete_slot(doctor=doctor, slot_id=slot.pk, by=doctor.user, now=NOW)
    with pytest.raises(diaries.SlotIsHeld):
        diaries.edit_slot(
            doctor=doctor,
            slot_id=slot.pk,
            starts_at=slot.starts_at + HOUR,
            ends_at=slot.ends_at + HOUR,
            by=doctor.user,
            now=NOW,
        )


def test_accepting_books_it_once_and_ends_the_wait() -> None:
    doctor = make_doctor()
    entry = wait(doctor)
    slot = freed(doctor)
    held = running()
    assert held is not None

    booking = waiting_list.accept(held=held, by=entry.patient.user, now=NOW)

    assert (booking.slot, booking.patient) == (slot, entry.patient)
    assert waiting_list.accept(held=held, by=entry.patient.user, now=NOW) == booking
    entry.refresh_from_db()
    held.refresh_from_db()
    assert (entry.state, held.state) == (WaitingState.BOOKED, HoldState.ACCEPTED)


def test_accepting_in_place_of_an_appointment_moves_it_and_passes_its_time_on() -> None:
    doctor = make_doctor()
    entry = wait(doctor)
    later = booked(slot=slot_in(doctor, days=9), patient=entry.patient)
    second = wait(doctor)
    slot = freed(doctor)
    held = running()
    assert held is not None

    new = waiting_list.accept(held=held, by=entry.patient.user, instead_of=later, now=NOW)

    assert (new.slot, new.moved_from) == (slot, later)
    assert held_for() == second
    assert running().slot_id == later.slot_id  # type: ignore[union-attr]


def test_a_time_no_earlier_than_the_one_booked_is_not_offered() -> None:
    doctor = make_doctor()
    entry = wait(doctor)
    booked(slot=slot_in(doctor, days=2), patient=entry.patient)
    second = wait(doctor)
    freed(doctor, days=3)

    assert held_for() == second


def test_declining_passes_it_on_and_keeps_the_place_for_other_times() -> None:
    doctor = make_doctor()
    first, second = wait(doctor), wait(doctor)
    freed(doctor)

    waiting_list.decline(held=running(), now=NOW)  # type: ignore[arg-type]
    assert held_for() == second
    waiting_list.decline(held=running(), now=NOW)  # type: ignore[arg-type]
    assert running() is None
    freed(doctor, days=4)
    assert held_for() == first


def test_leaving_passes_it_on_too() -> None:
    doctor = make_doctor()
    first, second = wait(doctor), wait(doctor)
    freed(doctor)

    waiting_list.leave(entry=first, now=NOW)
    waiting_list.leave(entry=first, now=NOW)

    first.refresh_from_db()
    assert first.state == WaitingState.LEFT
    assert held_for() == second


def test_what_lapsed_goes_to_the_next_each_minute_and_then_to_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    doctor = make_doctor()
    _, second = wait(doctor), wait(doctor)
    slot = freed(doctor)

    def a_minute_after(moment: timedelta) -> int:
        monkeypatch.setattr(clock, "now", lambda: NOW + moment)
        return tasks.pass_lapsed_on()

    assert a_minute_after(HOUR - timedelta(seconds=1)) == 0
    assert a_minute_after(HOUR) == 1
    assert held_for() == second
    assert a_minute_after(2 * HOUR) == 1
    assert running() is None
    slot.refresh_from_db()
    assert slot.held_until is None
    assert set(Hold.objects.values_list("state", flat=True)) == {HoldState.LAPSED}


def test_at_night_nobody_loses_an_offer_asleep(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Given back at two in the morning: it waits for the first in the queue until an hour after they wake."""
    settings.WAITLIST_FROM_HOUR, settings.WAITLIST_UNTIL_HOUR = 8, 21
    doctor = make_doctor()
    first, second = wait(doctor), wait(doctor)
    booking = booked(slot=slot_in(doctor, days=3))
    night = start_of_day(hospital_day(NOW)) + timedelta(days=1, hours=2)
    cancel(booking=booking, by=booking.patient.user, now=night)
    morning = night + timedelta(hours=7)

    one = running()
    assert one is not None
    assert (one.entry, one.until) == (first, morning)
    for moment, passed_on in ((night + 5 * HOUR, 0), (morning - timedelta(seconds=1), 0), (morning, 1)):
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        assert tasks.pass_lapsed_on() == passed_on
        assert held_for() == (second if passed_on else first)


def test_what_has_lapsed_cannot_be_accepted_or_declined_before_anybody_cleaned_up() -> None:
    doctor = make_doctor()
    entry = wait(doctor)
    freed(doctor)
    held = running()
    assert held is not None

    with pytest.raises(OfferGone):
        waiting_list.accept(held=held, by=entry.patient.user, now=NOW + HOUR)
    with pytest.raises(OfferGone):
        waiting_list.decline(held=held, now=NOW + HOUR)


def test_after_a_lapse_nobody_noticed_the_next_time_is_offered_all_the_same() -> None:
    doctor = make_doctor()
    entry = wait(doctor)
    freed(doctor)
    booking = booked(slot=slot_in(doctor, days=4))
    cancel(booking=booking, by=booking.patient.user, now=NOW + 2 * HOUR)

    assert held_for() == entry
    assert running().slot_id == booking.slot_id  # type: ignore[union-attr]


def test_whoever_gives_a_time_back_is_not_offered_it() -> None:
    doctor = make_doctor()
    booking = booked(slot=slot_in(doctor))
    wait(doctor, patient=booking.patient)
    second = wait(doctor)
    cancel(booking=booking, by=booking.patient.user, now=NOW)

    assert held_for() == second


@pytest.mark.parametrize(
    "why", ["nothing", "deactivated", "elsewhere", "not accepting", "soon", "beyond", "away", "other days"]
)
def test_who_could_not_take_it_is_passed_over(why: str) -> None:
    doctor = make_doctor()
    entry = wait(doctor, weekdays=(0, 1)) if why == "other days" else wait(doctor)
    booking = booked(slot=slot_in(doctor, days=3))
    slot = booking.slot
    assert slot is not None
    if why == "deactivated":
        entry.patient.user.is_active = False
        entry.patient.user.save()
    if why == "elsewhere":
        booked(slot=slot_in(make_doctor(), days=3), patient=entry.patient)
    if why == "not accepting":
        diaries.set_accepting(doctor=doctor, is_accepting=False)
    if why in {"soon", "beyond"}:
        field = "min_notice" if why == "soon" else "booking_window"
        DoctorProfile.objects.filter(pk=doctor.pk).update(**{field: timedelta(days=3) if why == "soon" else HOUR})
    if why == "away":
        TimeOff.objects.create(
            doctor=doctor, starts_at=slot.starts_at, ends_at=slot.ends_at, created_by=doctor.user, created_at=NOW
        )
    cancel(booking=booking, by=booking.patient.user, now=NOW)

    assert held_for() == (entry if why == "nothing" else None)
    assert Slot.objects.filter(pk=slot.pk).exists() == (why != "away")


def test_one_entry_a_doctor_and_a_new_one_after_the_dates_have_passed() -> None:
    doctor = make_doctor()
    entry = wait(doctor, days=(0, 3))

    with pytest.raises(waiting_list.AlreadyWaiting):
        wait(doctor, patient=entry.patient)
    make_waiting(doctor=doctor, patient=entry.patient, now=NOW + timedelta(days=4))
    entry.refresh_from_db()
    assert entry.state == WaitingState.ENDED


def test_nobody_waits_for_a_doctor_who_takes_nobody() -> None:
    with pytest.raises(waiting_list.NobodyToWaitFor):
        wait(make_doctor(is_accepting=False))


def test_a_booking_without_a_waiting_list_costs_no_more_than_one_question(
    django_assert_max_num_queries: Any,
) -> None:
    booking: Booking = booked(days=3)
    with django_assert_max_num_queries(22):
        cancel(booking=booking, by=booking.patient.user, now=NOW)
    assert Booking.objects.get().status == Status.CANCELLED
