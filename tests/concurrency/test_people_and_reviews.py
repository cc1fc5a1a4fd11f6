"""Ratings stay right, steps are undone once, walk-ins get one time, whoever acts at the same moment (B9, B10, C10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.db.models import Count, Sum

from accounts.tests.factories import StaffFactory
from bookings import locks as booking_locks
from bookings.account_closure import dependents
from bookings.choices import Status
from bookings.models import Booking, BookingStatusChange, Review
from bookings.reviews import services as reviews
from bookings.rules import Newcomer, PatientRef
from bookings.services import no_shows
from bookings.services.book import book
from bookings.services.steps import check_in, complete, confirm, mark_no_show
from bookings.services.undo import undo as undo_last_step
from bookings.services.walk_in import walk_in as register_walk_in
from core import clock
from doctors.models import DoctorProfile, Slot
from doctors.tests.factories import make_doctor, make_slot
from patients.models import PatientProfile
from patients.services import add_dependent
from patients.tests.factories import make_patient, make_person
from tests.concurrency.support import invariants
from tests.concurrency.support.crowd import Crowd, outcomes, values
from tests.concurrency.support.guards import meet_after

ROUNDS = 10


def visit(doctor: DoctorProfile, patient: PatientProfile, *, hours_ago: float, status: Status) -> Booking:
    """A visit of today or before that has come as far as `status`."""
    now = clock.now()
    slot = make_slot(doctor, starts_at=now - timedelta(hours=hours_ago), minutes=5)
    booking = book(
        slot_id=slot.pk, patient_ref=PatientRef.of(patient), by=patient.user, now=slot.starts_at - timedelta(hours=3)
    )
    booking = confirm(booking=booking, by=doctor.user, now=now)
    if status in {Status.CHECKED_IN, Status.COMPLETED}:
        booking = check_in(booking=booking, by=doctor.user, now=now)
    if status == Status.COMPLETED:
        booking = complete(booking=booking, by=doctor.user, now=now)
    return booking


def says(booking: Booking, rating: int) -> Callable[[], Review]:
    return lambda: reviews.review(booking=booking, by=booking.patient.user, rating=rating, now=clock.now())


def recount(doctor: DoctorProfile) -> tuple[int, int]:
    """Count and sum as the rows themselves have them."""
    shown = Review.objects.filter(booking__doctor=doctor, hidden_at__isnull=True)
    told = shown.aggregate(count=Count("pk"), total=Sum("rating"))
    return told["count"], told["total"] or 0


def kept(doctor: DoctorProfile) -> tuple[int, int]:
    doctor.refresh_from_db()
    return doctor.rating_count, doctor.rating_sum


def test_the_rating_is_that_of_the_reviews_whoever_writes_and_hides_at_once(
    crowd: Crowd, patients: list[PatientProfile]
) -> None:
    doctor, staff = make_doctor(), StaffFactory()
    visits = [
        visit(doctor, patient, hours_ago=1 + number * 0.1, status=Status.COMPLETED)
        for number, patient in enumerate(patients[:16])
    ]
    written = values(crowd.rush([says(booking, 1 + number % 5) for number, booking in enumerate(visits)]))
    assert len(written) == 16
    assert kept(doctor) == recount(doctor) == (16, sum(1 + number % 5 for number in range(16)))

    for _ in range(ROUNDS):
        acts: list[Callable[[], Any]] = []
        for said in written[:8]:
            acts += [lambda said=said: reviews.hide(review=said, by=staff, now=clock.now())] * 2  # type: ignore[misc]
            acts += [lambda said=said: reviews.show_again(review=said)] * 2  # type: ignore[misc]
        assert outcomes(crowd.rush(acts)) == Counter(done=32)
        assert kept(doctor) == recount(doctor)


def test_a_visit_is_reviewed_once_whoever_presses_how_often(crowd: Crowd, patients: list[PatientProfile]) -> None:
    doctor = make_doctor()
    booking = visit(doctor, patients[0], hours_ago=1, status=Status.COMPLETED)
    assert outcomes(crowd.rush([says(booking, 4)] * 16)) == Counter(done=1, AlreadyReviewed=15)
    assert kept(doctor) == recount(doctor) == (1, 4)


def test_without_the_doctors_lock_hiding_twice_counts_twice(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the guard of the test above is needed."""
    doctor, staff = make_doctor(), StaffFactory()
    for number in (0, 1, 2):
        said = says(visit(doctor, patients[number], hours_ago=1 + number, status=Status.COMPLETED), 3)()

    def unlocked(doctor_id: int) -> DoctorProfile:
        return DoctorProfile.objects.get(pk=doctor_id)

    monkeypatch.setattr(booking_locks, "doctor", unlocked)
    meet_after(monkeypatch, Review.objects, "get", parties=2)
    crowd.rush([lambda: reviews.hide(review=said, by=staff, now=clock.now())] * 2)
    assert kept(doctor) == (1, 3)
    assert recount(doctor) == (2, 6)


def test_a_step_is_taken_back_once(crowd: Crowd, patients: list[PatientProfile]) -> None:
    doctor = make_doctor()
    for number in range(ROUNDS):
        booking = visit(doctor, patients[0], hours_ago=1 + number * 0.2, status=Status.COMPLETED)
        back = crowd.rush([lambda: undo_last_step(booking=booking, by=doctor.user, now=clock.now())] * 8)  # noqa: B023
        assert outcomes(back)["done"] == 1
        assert BookingStatusChange.objects.filter(booking=booking, from_status=Status.COMPLETED).count() == 1
        complete(booking=booking, by=doctor.user, now=clock.now())


def test_reviewing_and_taking_back_at_once_leaves_no_review_of_an_unfinished_visit(
    crowd: Crowd, patients: list[PatientProfile]
) -> None:
    doctor = make_doctor()
    for number in range(ROUNDS):
        booking = visit(doctor, patients[0], hours_ago=1 + number * 0.2, status=Status.COMPLETED)
        back = lambda: undo_last_step(booking=booking, by=doctor.user, now=clock.now())  # noqa: B023, E731
        told = outcomes(crowd.rush([says(booking, 5), back] * 4))
        assert "Busy" not in told
        booking.refresh_from_db()
        assert Review.objects.filter(booking=booking).exists() == (booking.status == Status.COMPLETED)
    assert kept(doctor) == recount(doctor)


def test_two_walk_ins_never_get_the_same_doctor_at_once(crowd: Crowd) -> None:
    staff = StaffFactory()
    for _ in range(ROUNDS):
        doctor, now = make_doctor(), clock.now()
        comers = [Newcomer(f"Comer {number}", date(1980, 1, 1), "020 7946 0100") for number in range(8)]
        acts = [
            partial(register_walk_in, patient_ref=PatientRef.newcomer(comer), doctor=doctor, by=staff, now=now)
            for comer in comers
        ]
        assert outcomes(crowd.rush(acts)) == Counter(done=1, DoctorBusyNow=7)
        assert Slot.objects.filter(doctor=doctor).count() == 1
    assert PatientProfile.objects.filter(user__isnull=True).count() == ROUNDS
    assert invariants.broken() == {}


def test_nobody_is_removed_from_a_list_while_being_booked_for(crowd: Crowd) -> None:
    """Either the booking or the removal, never both: ten rounds each way."""
    told: Counter[str] = Counter()
    for _ in range(ROUNDS):
        parent = make_patient()
        child, slot, now = make_person(parent), make_slot(), clock.now()
        acts: list[Callable[[], Any]] = [
            lambda: book(slot_id=slot.pk, patient_ref=PatientRef.person(child.pk), by=parent.user, now=now),  # noqa: B023
            lambda: dependents.remove_person(person=child, by=parent.user, now=now),  # noqa: B023
        ]
        told += outcomes(crowd.rush(acts))
        child.refresh_from_db()
        assert Booking.objects.filter(patient=child).exists() == (child.removed_at is None)
    assert told["done"] == ROUNDS
    assert set(told) <= {"done", "NoSuchPerson", "HasComingAppointments"}


def test_somebody_is_put_on_a_list_once_however_often_it_is_pressed(crowd: Crowd) -> None:
    parent = make_patient()
    born = date(2015, 6, 4)
    adds = [lambda: add_dependent(guardian=parent.user, full_name="Tom", date_of_birth=born)] * 16
    assert outcomes(crowd.rush(adds)) == Counter(done=1, AlreadyListed=15)


def test_no_shows_are_marked_once_by_two_jobs_at_once(crowd: Crowd, patients: list[PatientProfile]) -> None:
    doctor = make_doctor(marks_no_shows=True)
    missed = [
        visit(doctor, patients[number], hours_ago=48 + number * 0.2, status=Status.CONFIRMED) for number in range(12)
    ]
    done = crowd.rush([lambda: no_shows.mark_no_shows(now=clock.now())] * 4)
    assert sum(values(done)) == len(missed)
    changes = BookingStatusChange.objects.filter(to_status=Status.NO_SHOW).values_list("booking_id", flat=True)
    assert sorted(changes) == sorted(booking.pk for booking in missed)


def test_taking_back_and_booking_elsewhere_never_deadlock_and_never_double_book(crowd: Crowd) -> None:
    """A patient marked as missed books another doctor for the rest of that time, while the mark is taken back."""
    told: Counter[str] = Counter()
    for _ in range(ROUNDS):
        now, doctor, patient = clock.now(), make_doctor(), make_patient()
        long = make_slot(doctor, starts_at=now - timedelta(hours=1), minutes=180)
        missed = book(
            slot_id=long.pk, patient_ref=PatientRef.of(patient), by=patient.user, now=now - timedelta(hours=4)
        )
        missed = confirm(booking=missed, by=doctor.user, now=now)
        missed = mark_no_show(booking=missed, by=doctor.user, now=now)
        other = make_slot(starts_at=now + timedelta(minutes=61))
        acts: list[Callable[[], Any]] = [
            lambda: undo_last_step(booking=missed, by=doctor.user, now=now),  # noqa: B023
            lambda: book(slot_id=other.pk, by=patient.user, now=now),  # noqa: B023
        ]
        told += outcomes(crowd.rush(acts))
    assert told["done"] == ROUNDS
    assert set(told) <= {"done", "PatientBusy", "PatientBusyByNow"}
    assert invariants.broken() == {}
