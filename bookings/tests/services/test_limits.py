"""How much patients may book online, and what they are told; the hospital may book on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from accounts.tests.factories import StaffFactory
from bookings.models import Booking, WaitingEntry
from bookings.rules import LimitReached, Limits, Load, PatientRef, check_limits
from bookings.services.book import book as book_slot
from bookings.services.cancel import cancel
from bookings.services.move import move
from bookings.tests.conftest import NOW
from bookings.tests.factories import make_held, make_waiting
from bookings.tests.people import booked, browser_of, hidden, new_address, slot_in, text_of
from bookings.waiting_list import services as waiting_list
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

LIMITS = Limits(of_patient=10, of_account=20, within_hour=10, phone="020 7946 0100")
CALL = "Please call us on 020 7946 0100 to book another."


@pytest.mark.parametrize(
    ("load", "sentence"),
    [
        (Load(9, 19, 9), None),
        (Load(10, 10, 0), f"You already have 10 upcoming appointments. {CALL}"),
        (Load(10, 10, 0, "Kit Patient"), f"Kit Patient already has 10 upcoming appointments. {CALL}"),
        (Load(0, 20, 0), f"You and the people you look after already have 20 upcoming appointments. {CALL}"),
        (
            Load(0, 0, 10),
            "You’ve booked 10 appointments within the last hour. Please try again later, or call us on 020 7946 0100.",
        ),
    ],
)
def test_each_limit_ends_at_its_number_and_says_what_to_do(load: Load, sentence: str | None) -> None:
    if sentence is None:
        check_limits(load, LIMITS)
        return
    with pytest.raises(LimitReached) as refused:
        check_limits(load, LIMITS)
    assert refused.value.message == sentence


pytestmark = pytest.mark.django_db


def book(patient: PatientProfile, by: Any, **ahead: float) -> Booking:
    return book_slot(slot_id=slot_in(**ahead).pk, patient_ref=PatientRef.of(patient), by=by, now=NOW)


def test_a_patient_has_so_many_coming_and_what_is_over_or_cancelled_is_none(settings: Any) -> None:
    settings.BOOKINGS_PER_PATIENT = 2
    patient = make_patient()
    booked(patient=patient, days=-3)
    one = booked(patient=patient, days=2)
    booked(patient=patient, days=3)
    with pytest.raises(LimitReached, match="You already have 2 upcoming appointments"):
        book(patient, patient.user, days=4)
    cancel(booking=one, by=patient.user, now=NOW)
    assert book(patient, patient.user, days=4)


def test_an_account_has_so_many_for_all_it_cares_for(settings: Any) -> None:
    settings.BOOKINGS_PER_ACCOUNT = 2
    parent = make_patient()
    children = [make_person(parent, full_name=f"Kit Number{n}") for n in range(2)]
    book(parent, parent.user, days=1)
    book(children[0], parent.user, days=2)
    with pytest.raises(LimitReached, match="You and the people you look after"):
        book(children[1], parent.user, days=3)
    stranger = make_patient()
    assert book(stranger, stranger.user, days=4)


def test_an_account_books_so_much_an_hour_and_cancelling_does_not_speed_it_up(settings: Any) -> None:
    settings.BOOKINGS_PER_HOUR = 2
    patient = make_patient()
    for day in (1, 2):
        cancel(booking=book(patient, patient.user, days=day), by=patient.user, now=NOW)
    with pytest.raises(LimitReached, match="within the last hour"):
        book(patient, patient.user, days=3)
    later = NOW + timedelta(hours=1)
    assert book_slot(slot_id=slot_in(days=3).pk, patient_ref=PatientRef.of(patient), by=patient.user, now=later)


def test_the_hospital_books_beyond_every_limit(settings: Any) -> None:
    settings.BOOKINGS_PER_PATIENT = settings.BOOKINGS_PER_ACCOUNT = settings.BOOKINGS_PER_HOUR = 1
    patient, staff = make_patient(), StaffFactory()
    for day in (1, 2, 3):
        book(patient, staff, days=day)
    assert patient.bookings.count() == 3


def test_the_same_form_sent_again_is_answered_at_the_limit_as_well(settings: Any) -> None:
    settings.BOOKINGS_PER_PATIENT = settings.BOOKINGS_PER_HOUR = 1
    patient, slot = make_patient(), slot_in()
    asked: dict[str, Any] = {
        "slot_id": slot.pk,
        "patient_ref": PatientRef.of(patient),
        "by": patient.user,
        "idempotency_key": "form",
    }
    assert book_slot(now=NOW, **asked) == book_slot(now=NOW, **asked)


def test_who_has_all_they_may_have_can_still_move_but_not_without_end(settings: Any) -> None:
    settings.BOOKINGS_PER_PATIENT = settings.BOOKINGS_PER_ACCOUNT = 1
    settings.BOOKINGS_PER_HOUR = 2
    old = booked(days=5)
    for day in (6, 7):
        old = move(booking=old, to_slot_id=slot_in(old.doctor, days=day).pk, by=old.patient.user, now=NOW)
    with pytest.raises(LimitReached):
        move(booking=old, to_slot_id=slot_in(old.doctor, days=8).pk, by=old.patient.user, now=NOW)
    assert move(booking=old, to_slot_id=slot_in(old.doctor, days=9).pk, by=old.doctor.user, now=NOW)


def test_a_time_held_from_the_waiting_list_counts_like_any_other(settings: Any) -> None:
    settings.BOOKINGS_PER_PATIENT = 1
    patient = make_patient()
    booked(patient=patient, days=2)
    held = make_held(patient, slot_in(days=4), now=NOW)
    with pytest.raises(LimitReached):
        waiting_list.accept(held=held, by=patient.user, now=NOW)


def test_the_check_page_says_it_and_keeps_what_was_typed(settings: Any) -> None:
    settings.BOOKINGS_PER_PATIENT = 1
    patient, slot = make_patient(), slot_in(days=3)
    booked(patient=patient, days=2)
    browser = browser_of(patient.user)
    key = hidden(browser.get(new_address(slot)), "idempotency_key")
    answer = browser.post(new_address(slot), {"reason": "Knee hurts", "notes": "", "idempotency_key": key})
    assert "You already have 1 upcoming appointment. Please call us on" in text_of(answer)
    assert settings.HOSPITAL_PHONE in text_of(answer)
    assert 'value="Knee hurts"' in text_of(answer)
    assert patient.bookings.count() == 1


def test_a_patient_stands_on_so_many_waiting_lists(settings: Any) -> None:
    settings.WAITLISTS_PER_PATIENT = 2
    patient = make_patient()
    first, second = make_doctor(), make_doctor()
    for doctor in (first, second):
        make_waiting(patient=patient, doctor=doctor, now=NOW)
    with pytest.raises(LimitReached, match="You’re already on 2 waiting lists"):
        make_waiting(patient=patient, doctor=make_doctor(), now=NOW)
    with pytest.raises(waiting_list.AlreadyWaiting):
        make_waiting(patient=patient, doctor=first, now=NOW)
    waiting_list.leave(entry=WaitingEntry.objects.get(doctor=first), now=NOW)
    assert make_waiting(patient=patient, doctor=make_doctor(), now=NOW)


def test_the_page_of_a_waiting_list_says_it(settings: Any) -> None:
    settings.WAITLISTS_PER_PATIENT = 1
    patient, doctor = make_patient(), make_doctor()
    make_waiting(patient=patient, doctor=make_doctor(), now=NOW)
    sent = {
        "first_day": NOW.date(),
        "last_day": NOW.date() + timedelta(days=20),
        "weekdays": list(range(7)),
        "earliest": "08:00",
        "latest": "18:00",
    }
    answer = browser_of(patient.user).post(reverse("bookings:waiting_join", args=[doctor.slug]), sent)
    assert "You’re already on 1 waiting list" in text_of(answer)
    assert WaitingEntry.objects.count() == 1
