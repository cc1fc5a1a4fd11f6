"""One person's own clicks, at once: the same form sent many times, and two doctors at the same hour."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

from accounts.tests.factories import StaffFactory
from bookings.models import Booking
from bookings.rules import PatientRef
from bookings.services.book import book
from core import clock
from doctors.tests.factories import make_doctor, make_slot
from patients.models import PatientProfile
from tests.concurrency.support import invariants
from tests.concurrency.support.crowd import Crowd, outcomes, values
from tests.concurrency.support.steps import books, diary, later

TIMES_SENT = 16
ROUNDS = 20


def test_the_same_form_sent_16_times_books_once_and_answers_all_alike(
    crowd: Crowd, patients: list[PatientProfile]
) -> None:
    for slot in diary(make_doctor(), ROUNDS):
        answers = crowd.rush([books(patients[0], slot, key=f"form of {slot.pk}")] * TIMES_SENT)

        assert outcomes(answers) == Counter(done=TIMES_SENT)
        assert {booking.pk for booking in values(answers)} == {Booking.objects.get(slot=slot).pk}
    assert invariants.broken() == {}


def test_another_form_under_the_same_key_is_refused(crowd: Crowd, patients: list[PatientProfile]) -> None:
    for slot in diary(make_doctor(), ROUNDS):
        key = f"form of {slot.pk}"
        acts = [books(patients[0], slot, key=key, reason="Cough"), books(patients[0], slot, key=key, reason="Knee")]

        assert outcomes(crowd.rush(acts)) == Counter(done=1, KeyReused=1)
    assert Booking.objects.count() == ROUNDS


def test_one_key_books_one_of_two_times(crowd: Crowd, patients: list[PatientProfile]) -> None:
    """Different slots: their locks don't meet, the patient's does."""
    other_doctor = make_doctor()
    for slot in diary(make_doctor(), ROUNDS):
        next_door = make_slot(other_doctor, starts_at=slot.ends_at)
        acts = [books(patients[0], time, key=f"form of {slot.pk}") for time in (slot, next_door)]

        assert outcomes(crowd.rush(acts)) == Counter(done=1, KeyReused=1)
    assert invariants.broken() == {}


def test_one_key_of_staff_books_for_one_of_two_patients(crowd: Crowd, patients: list[PatientProfile]) -> None:
    """Neither slot nor patient is the same, so no lock meets: the constraint on the key decides."""
    staff = StaffFactory()
    for pair in zip(diary(make_doctor(), ROUNDS), diary(make_doctor(), ROUNDS), strict=True):
        form = partial(book, by=staff, idempotency_key=f"form of {pair[0].pk}", now=clock.now())
        acts = [
            partial(form, slot_id=slot.pk, patient_ref=PatientRef.of(patient))
            for slot, patient in zip(pair, patients, strict=False)
        ]

        assert outcomes(crowd.rush(acts)) == Counter(done=1, KeyReused=1)
    assert invariants.broken() == {}


def test_a_patient_books_only_one_of_two_overlapping_times(crowd: Crowd, patients: list[PatientProfile]) -> None:
    other_doctor = make_doctor()
    for slot in diary(make_doctor(), ROUNDS):
        overlapping = make_slot(other_doctor, starts_at=later(slot, minutes=15)[0])

        answers = crowd.rush([books(patients[0], slot), books(patients[0], overlapping)])

        assert outcomes(answers) == Counter(done=1, PatientBusy=1)
    assert invariants.broken() == {}


def test_a_patient_who_wants_32_overlapping_times_gets_one(crowd: Crowd, patients: list[PatientProfile]) -> None:
    doctors = [make_doctor() for _ in patients]
    for number, slot in enumerate(diary(make_doctor(), 5)):
        start = slot.starts_at
        wishes = [make_slot(doctor, starts_at=start + timedelta(minutes=i % 5)) for i, doctor in enumerate(doctors)]

        answers = crowd.rush([books(patients[number], wish) for wish in wishes])

        assert outcomes(answers) == Counter(done=1, PatientBusy=31)
    assert invariants.broken() == {}


def test_two_patients_whose_wishes_cross_both_get_an_answer(crowd: Crowd, patients: list[PatientProfile]) -> None:
    """Each wants both times, in opposite order: locks are always taken in one order, so nobody waits in a circle."""
    one_doctor, other_doctor = make_doctor(), make_doctor()
    for one, other in zip(diary(one_doctor, ROUNDS), diary(other_doctor, ROUNDS), strict=True):
        acts = [books(patient, slot) for slot in (one, other) for patient in patients[:8]]

        answers = crowd.rush([*acts[::2], *acts[1::2][::-1]])

        assert outcomes(answers)["done"] == 2
        assert set(outcomes(answers)) <= {"done", "SlotTaken", "PatientBusy"}, outcomes(answers)
    assert invariants.broken() == {}
