"""Two at the reception desk: the same person checked in at once, the same time promised to two callers (C2, C10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import make_staff
from bookings.choices import Status
from bookings.models import Booking
from bookings.rules import Newcomer, PatientRef
from bookings.services.book import book
from bookings.services.steps import check_in_at_desk
from bookings.tests.factories import make_booking
from core import clock
from doctors.models import Slot
from doctors.tests.factories import make_doctor, make_slot
from patients.models import PatientProfile
from tests.concurrency.support import invariants
from tests.concurrency.support.crowd import Crowd, outcomes, values
from tests.concurrency.support.steps import diary

ROUNDS = 6
AT_THE_DESK = 8
Act = Callable[[], Booking]


def desks() -> list[User]:
    return [make_staff(StaffRole.RECEPTION) for _ in range(AT_THE_DESK)]


def caller(number: int) -> Newcomer:
    return Newcomer(f"Caller Number {number}", date(1980, 1, 1), "020 7946 0999")


def books_for(person: Newcomer, slot: Slot, by: User, *, key: str) -> Act:
    return lambda: book(
        slot_id=slot.pk, patient_ref=PatientRef.newcomer(person), by=by, idempotency_key=key, now=clock.now()
    )


def checks_in(booking: Booking, by: User) -> Act:
    return lambda: check_in_at_desk(booking=booking, by=by, now=clock.now())


def test_one_person_checked_in_by_all_desks_at_once_has_arrived_once(
    crowd: Crowd, patients: list[PatientProfile]
) -> None:
    staff, doctor = desks(), make_doctor()
    for number in range(ROUNDS):
        booking = make_booking(
            slot=make_slot(doctor, starts_at=clock.now() - timedelta(minutes=10 * number + 5), minutes=5),
            patient=patients[number],
        )

        answers = crowd.rush([checks_in(booking, by) for by in staff])

        assert outcomes(answers) == Counter(done=1, TransitionRefused=AT_THE_DESK - 1)
        steps = list(booking.changes.order_by("pk").values_list("to_status", flat=True))
        assert steps == [Status.PENDING, Status.CONFIRMED, Status.CHECKED_IN]
    assert invariants.broken() == {}


def test_one_time_promised_to_callers_of_all_desks_is_one_callers_and_nobody_else_is_registered(crowd: Crowd) -> None:
    staff = desks()
    for slot in diary(make_doctor(), ROUNDS):
        before = PatientProfile.objects.count()
        acts = [books_for(caller(number), slot, by, key=f"{slot.pk}") for number, by in enumerate(staff)]

        answers = crowd.rush(acts)

        assert outcomes(answers) == Counter(done=1, SlotTaken=AT_THE_DESK - 1)
        assert PatientProfile.objects.count() == before + 1
    assert invariants.broken() == {}


def test_one_desks_form_sent_many_times_registers_and_books_once(crowd: Crowd) -> None:
    by = make_staff(StaffRole.RECEPTION)
    for number, slot in enumerate(diary(make_doctor(), ROUNDS)):
        answers = crowd.rush([books_for(caller(number), slot, by, key=f"form of {slot.pk}")] * AT_THE_DESK)

        assert outcomes(answers) == Counter(done=AT_THE_DESK)
        assert {booking.pk for booking in values(answers)} == {Booking.objects.get(slot=slot).pk}
    assert PatientProfile.objects.count() == ROUNDS
    assert invariants.broken() == {}
