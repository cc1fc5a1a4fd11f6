"""The writes: what each leaves behind, and that a refused one leaves nothing (C2, C4, C5, C6)."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.tests.factories import StaffFactory
from bookings.choices import Status
from bookings.models import Booking, BookingStatusChange
from bookings.rules import (
    DoctorNotAccepting,
    KeyReused,
    PatientBusy,
    PatientRef,
    SlotPassed,
    SlotTaken,
    TooEarly,
    TooLateToCancel,
)
from bookings.services.book import book as book_slot
from bookings.services.cancel import cancel
from bookings.services.steps import check_in, complete, confirm, mark_no_show
from bookings.states import TransitionRefused
from bookings.tests.conftest import NOW
from bookings.tests.people import booked, cancelled, confirmed, slot_in
from core.errors import Busy
from doctors import services as diary
from doctors.choices import SlotState
from doctors.models import Slot
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db
Facts = dict[str, Any]


def book(slot: Slot, **facts: Any) -> Booking:
    patient = facts.pop("patient", None) or make_patient()
    return book_slot(slot_id=slot.pk, patient_ref=PatientRef.of(patient), by=patient.user, **({"now": NOW} | facts))


def rows() -> tuple[int, int, int]:
    return (
        Booking.objects.count(),
        BookingStatusChange.objects.count(),
        Slot.objects.filter(state=SlotState.BOOKED).count(),
    )


# Booking


def test_a_booking_takes_the_time_and_leaves_a_first_history_row() -> None:
    slot, patient = slot_in(), make_patient()
    booking = book(slot, patient=patient, reason="Knee", notes="Left one")
    slot.refresh_from_db()
    change = booking.changes.get()
    assert (booking.status, booking.reason, booking.notes) == (Status.PENDING, "Knee", "Left one")
    assert (booking.starts_at, booking.ends_at, booking.fee_cents) == (slot.starts_at, slot.ends_at, 12_000)
    assert slot.state == SlotState.BOOKED
    assert (change.from_status, change.to_status, change.by, change.at) == ("", Status.PENDING, patient.user, NOW)


def test_a_doctor_who_confirms_automatically_has_the_booking_confirmed_at_once() -> None:
    booking = book(slot_in(make_doctor(confirms_automatically=True)))
    assert booking.status == Status.CONFIRMED
    assert [change.to_status for change in booking.changes.all()] == [Status.CONFIRMED]


def test_a_patient_books_for_themselves_without_being_named_twice() -> None:
    patient = make_patient()
    booking = book_slot(slot_id=slot_in().pk, by=patient.user, now=NOW)
    assert (booking.patient, booking.booked_by) == (patient, patient.user)


def test_the_price_is_what_it_was_when_booked() -> None:
    booking = book(slot_in())
    booking.doctor.consultation_fee_cents = 99_900
    booking.doctor.save()
    booking.refresh_from_db()
    assert booking.fee_cents == 12_000


def _taken() -> Slot:
    return booked().slot  # type: ignore[return-value]


def _passed() -> Slot:
    return slot_in(hours=-1)


def _not_accepting() -> Slot:
    return slot_in(make_doctor(is_accepting=False))


def _not_listed() -> Slot:
    return slot_in(make_doctor(approved=False))


def _gone() -> Slot:
    slot = slot_in()
    return Slot(pk=uuid.uuid4(), doctor=slot.doctor, starts_at=slot.starts_at, ends_at=slot.ends_at)


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (_taken, SlotTaken),
        (_gone, SlotTaken),
        (_passed, SlotPassed),
        (_not_accepting, DoctorNotAccepting),
        (_not_listed, DoctorNotAccepting),
    ],
)
def test_a_refused_booking_leaves_nothing_behind(make: Callable[[], Slot], error: type[Exception]) -> None:
    slot, patient = make(), make_patient()
    before = rows()
    with pytest.raises(error):
        book(slot, patient=patient)
    assert rows() == before


def test_a_patient_can_not_be_in_two_places() -> None:
    first = booked()
    overlapping = slot_in(days=1, minutes=15)
    before = rows()
    with pytest.raises(PatientBusy):
        book(overlapping, patient=first.patient)
    assert rows() == before


def test_one_appointment_may_begin_when_another_ends() -> None:
    first = booked()
    follows = slot_in(days=1, minutes=30, hours=0.5)
    assert book(follows, patient=first.patient).starts_at == first.ends_at


def test_the_time_of_a_cancelled_appointment_is_free_for_the_same_patient_too() -> None:
    gone = cancelled()
    assert book(slot_in(), patient=gone.patient).status == Status.PENDING


# The same form twice


def test_one_key_books_once_and_gives_the_same_answer() -> None:
    slot, patient = slot_in(), make_patient()
    first = book(slot, patient=patient, idempotency_key="k1", reason="Knee")
    before = rows()
    again = book(slot, patient=patient, idempotency_key="k1", reason="Knee", now=NOW + timedelta(days=9))
    assert again == first
    assert rows() == before


@pytest.mark.parametrize("changed", [{"reason": "Hip"}, {"notes": "More"}])
def test_a_key_with_other_answers_is_refused(changed: Facts) -> None:
    slot, patient = slot_in(), make_patient()
    book(slot, patient=patient, idempotency_key="k1", reason="Knee")
    before = rows()
    with pytest.raises(KeyReused):
        book(slot, patient=patient, idempotency_key="k1", **({"reason": "Knee"} | changed))
    assert rows() == before


def test_a_key_with_another_time_is_refused() -> None:
    patient = make_patient()
    book(slot_in(), patient=patient, idempotency_key="k1")
    with pytest.raises(KeyReused):
        book(slot_in(days=2), patient=patient, idempotency_key="k1")


def test_two_patients_may_have_the_same_key() -> None:
    first, second = (book(slot_in(days=day), idempotency_key="k1") for day in (1, 2))
    assert first.pk != second.pk


# Cancelling


@pytest.mark.parametrize("who", ["patient", "doctor", "staff"])
def test_cancelling_frees_the_time_at_once_and_is_remembered(who: str) -> None:
    booking = booked()
    by = {"patient": booking.patient.user, "doctor": booking.doctor.user, "staff": StaffFactory()}[who]
    cancel(booking=booking, by=by, reason="Ill", now=NOW)
    booking.refresh_from_db()
    last = booking.changes.last()
    assert (booking.status, booking.cancelled_at, booking.cancelled_by) == (Status.CANCELLED, NOW, by)
    assert booking.cancellation_reason == "Ill"
    assert booking.slot is not None
    assert booking.slot.is_free
    assert last is not None
    assert (last.from_status, last.to_status, last.by, last.reason) == (Status.PENDING, Status.CANCELLED, by, "Ill")


def test_a_freed_time_can_be_booked_by_somebody_else_and_the_first_stays_cancelled() -> None:
    first = cancelled()
    assert first.slot is not None
    second = book(first.slot)
    first.refresh_from_db()
    assert (first.status, second.status) == (Status.CANCELLED, Status.PENDING)


def test_after_the_cutoff_a_patient_can_not_cancel_but_the_doctor_can(settings: Any) -> None:
    settings.CANCEL_CUTOFF_HOURS = 2
    booking = confirmed(hours=1)
    before = rows()
    with pytest.raises(TooLateToCancel):
        cancel(booking=booking, by=booking.patient.user, now=NOW)
    assert rows() == before
    assert cancel(booking=booking, by=booking.doctor.user, now=NOW).status == Status.CANCELLED


def test_a_booking_is_cancelled_once() -> None:
    booking = cancelled()
    before = rows()
    with pytest.raises(TransitionRefused):
        cancel(booking=booking, by=booking.patient.user, now=NOW)
    assert rows() == before


def test_a_stranger_can_not_cancel() -> None:
    booking, stranger = booked(), make_patient()
    with pytest.raises(TransitionRefused, match="n’t your appointment"):
        cancel(booking=booking, by=stranger.user, now=NOW)


# The steps of a visit


def test_a_visit_from_booking_to_its_end_is_written_down_step_by_step() -> None:
    booking = booked(hours=2)
    doctor = booking.doctor.user
    confirm(booking=booking, by=doctor, now=NOW)
    check_in(booking=booking, by=doctor, now=NOW)
    complete(booking=booking, by=doctor, now=NOW)
    booking.refresh_from_db()
    steps = [(change.from_status, change.to_status) for change in booking.changes.all()]
    assert booking.status == Status.COMPLETED
    assert steps == [
        ("", "PENDING"),
        ("PENDING", "CONFIRMED"),
        ("CONFIRMED", "CHECKED_IN"),
        ("CHECKED_IN", "COMPLETED"),
    ]


def test_a_patient_who_did_not_come_keeps_the_time_taken() -> None:
    booking = confirmed(hours=-1)
    mark_no_show(booking=booking, by=booking.doctor.user, now=NOW)
    booking.refresh_from_db()
    assert booking.status == Status.NO_SHOW
    assert booking.slot is not None
    assert not booking.slot.is_free


@pytest.mark.parametrize("step", [confirm, check_in, complete, mark_no_show])
def test_a_patient_takes_no_step_of_the_clinic(step: Callable[..., Booking]) -> None:
    booking = booked(hours=-1)
    before = rows()
    with pytest.raises(TransitionRefused):
        step(booking=booking, by=booking.patient.user, now=NOW)
    assert rows() == before


def test_another_doctor_takes_no_step() -> None:
    booking, other = booked(), make_doctor()
    with pytest.raises(TransitionRefused, match="n’t your appointment"):
        confirm(booking=booking, by=other.user, now=NOW)


@pytest.mark.parametrize(("step", "ahead"), [(check_in, {"days": 1}), (mark_no_show, {"hours": 1})])
def test_a_step_too_early_leaves_nothing_behind(step: Callable[..., Booking], ahead: Facts) -> None:
    booking = confirmed(**ahead)
    before = rows()
    with pytest.raises(TooEarly):
        step(booking=booking, by=booking.doctor.user, now=NOW)
    assert rows() == before


def test_the_day_of_checking_in_is_the_hospitals_not_utcs() -> None:
    # 23:30 UTC on the 5th is half past midnight on the 6th in London's summer.
    at_night = datetime(2026, 8, 5, 23, 30, tzinfo=UTC)
    booking = confirmed(hours=15.5)
    assert booking.starts_at == at_night
    with pytest.raises(TooEarly):
        check_in(booking=booking, by=booking.doctor.user, now=at_night - timedelta(hours=3.5))
    step = check_in(booking=booking, by=booking.doctor.user, now=at_night - timedelta(minutes=20))
    assert step.status == Status.CHECKED_IN


def test_a_reference_drawn_twice_asks_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn_before = booked().reference
    monkeypatch.setattr(Booking._meta.get_field("reference"), "default", drawn_before)
    monkeypatch.setattr(Booking._meta.get_field("reference"), "_get_default", lambda: drawn_before)
    slot = slot_in(days=3)
    before = rows()
    with pytest.raises(Busy):
        book(slot)
    assert rows() == before


def test_a_time_given_other_hours_is_gone_for_whoever_was_just_checking_it() -> None:
    slot, patient = slot_in(), make_patient()
    hour = timedelta(hours=1)
    moved = diary.edit_slot(
        doctor=slot.doctor,
        slot_id=slot.pk,
        starts_at=slot.starts_at + hour,
        ends_at=slot.ends_at + hour,
        by=slot.doctor.user,
        now=NOW,
    )
    with pytest.raises(SlotTaken):
        book_slot(slot_id=slot.pk, by=patient.user, now=NOW)
    assert book_slot(slot_id=moved.pk, by=patient.user, now=NOW).starts_at == slot.starts_at + hour
