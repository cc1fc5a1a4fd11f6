"""Who sees which appointments, in which order (A7, B8, C12)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.tests.factories import StaffFactory
from bookings import selectors
from bookings.choices import Status
from bookings.models import Booking
from bookings.presenters import card
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.services.move import move
from bookings.services.steps import mark_no_show
from bookings.tests.conftest import NOW
from bookings.tests.people import booked, cancelled, confirmed, slot_in
from core.clock import end_of_day
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db


def test_everyone_sees_only_what_is_theirs() -> None:
    mine, other = booked(), booked(days=2)
    assert set(selectors.bookings_visible_to(mine.patient.user)) == {mine}
    assert set(selectors.bookings_visible_to(mine.doctor.user)) == {mine}
    assert set(selectors.bookings_visible_to(other.doctor.user)) == {other}
    assert set(selectors.bookings_visible_to(StaffFactory())) == {mine, other}
    assert set(selectors.bookings_visible_to(AnonymousUser())) == set()


def test_a_deactivated_person_sees_nothing() -> None:
    patient = booked().patient
    patient.user.is_active = False
    assert not selectors.bookings_visible_to(patient.user).exists()


def test_a_reference_finds_only_ones_own() -> None:
    booking = booked()
    typed = booking.reference.lower().replace("-", " ")
    assert selectors.booking_by_reference(booking.patient.user, typed) == booking
    assert selectors.booking_by_reference(make_patient().user, booking.reference) is None
    assert selectors.booking_by_reference(booking.patient.user, "nothing") is None


def test_a_patients_appointments_are_in_exactly_one_list() -> None:
    patient = make_patient()
    facts = {"patient": patient}
    soon, later = booked(**facts, days=1), booked(**facts, days=2)
    running = booked(**facts, minutes=30, hours=-0.25)
    over_but_open, missed = booked(**facts, days=-2), confirmed(**facts, days=-3)
    mark_no_show(booking=missed, by=missed.doctor.user, now=NOW)
    gone = cancelled(**facts, days=4)
    lists = {when: list(selectors.patient_list(patient.user, when, NOW)) for when in ("upcoming", "past", "cancelled")}
    assert lists == {
        "upcoming": [running, soon, later],
        "past": [over_but_open, missed],
        "cancelled": [gone],
    }
    assert selectors.patient_counts(patient.user, NOW) == {when: len(rows) for when, rows in lists.items()}


def test_the_doctors_list_begins_with_today_and_ends_with_the_distant_past() -> None:
    doctor = make_doctor()
    hours = [-72, -24, -0.5, 2, 48]
    long_ago, yesterday, this_morning, today, later = [booked(slot=slot_in(doctor, hours=ahead)) for ahead in hours]
    found = list(selectors.doctor_list(doctor.user, now=NOW))
    assert found == [this_morning, today, later, yesterday, long_ago]


def test_the_doctors_list_is_filtered_by_status_and_days_of_the_hospital() -> None:
    doctor = make_doctor()
    # 23:30 UTC on the 5th is the 6th in London.
    at_night = booked(slot=slot_in(doctor, hours=15.5))
    on_the_fifth = confirmed(slot=slot_in(doctor, hours=2))
    user, fifth, sixth = doctor.user, date(2026, 8, 5), date(2026, 8, 6)
    assert list(selectors.doctor_list(user, "", fifth, fifth, now=NOW)) == [on_the_fifth]
    assert list(selectors.doctor_list(user, "", sixth, sixth, now=NOW)) == [at_night]
    assert list(selectors.doctor_list(user, "", None, fifth, now=NOW)) == [on_the_fifth]
    assert list(selectors.doctor_list(user, Status.PENDING, fifth, None, now=NOW)) == [at_night]


def test_a_doctors_lists_hold_what_holds_a_time(django_assert_num_queries: Any) -> None:
    doctor = make_doctor()
    second = booked(slot=slot_in(doctor, hours=3))
    first = confirmed(slot=slot_in(doctor, hours=2))
    over = booked(slot=slot_in(doctor, hours=-3))
    booked(slot=slot_in(doctor, days=-1))
    cancelled(slot=slot_in(doctor, hours=4))
    later = booked(slot=slot_in(doctor, days=1))
    Booking.objects.filter(pk__in=[over.pk, first.pk]).update(calendar_note="Moved there")
    with django_assert_num_queries(1):
        found = selectors.clinic_keys(doctor.user, NOW)
    assert found == {
        "today": [over.pk, first.pk, second.pk],
        "upcoming": [first.pk, second.pk, later.pk],
        "waiting": [second.pk, later.pk],
        "noted": [first.pk],
    }


def test_who_is_seen_at_midnight_stays_in_the_doctors_day_of_the_next_date() -> None:
    midnight = end_of_day(date(2026, 8, 5))
    doctor = make_doctor()
    seen = confirmed(slot=slot_in(doctor, hours=(midnight - NOW) / timedelta(hours=1) - 0.25))
    assert selectors.clinic_keys(doctor.user, midnight + timedelta(minutes=5))["today"] == [seen.pk]


def test_history_is_told_in_order_with_names_in_one_query(django_assert_num_queries: object) -> None:
    booking = confirmed()
    expected = [("PENDING", "Pat Patient"), ("CONFIRMED", "Ana Álvarez")]
    for step in ("before", "after"):
        if step == "after":
            cancel(booking=booking, by=booking.patient.user, now=NOW)
            expected.append(("CANCELLED", "Pat Patient"))
        with django_assert_num_queries(1):  # type: ignore[operator]
            told = [(change.to_status, change.by.full_name) for change in selectors.history(booking) if change.by]
        assert told == expected


def test_what_was_booked_with_a_key_is_found_again() -> None:
    patient = make_patient()
    booking = book(slot_id=slot_in().pk, by=patient.user, idempotency_key="k", now=NOW)
    assert selectors.booking_made_with(patient.user, "k") == booking
    assert selectors.booking_made_with(make_patient().user, "k") is None
    assert selectors.booking_made_with(patient.user, "other") is None


def test_the_last_day_of_a_range_is_included_to_its_end() -> None:
    late = booked(slot=slot_in(hours=14.5))  # 10:30pm to 11pm on the 5th
    day = date(2026, 8, 5)
    assert list(selectors.doctor_list(late.doctor.user, "", day - timedelta(days=3), day, now=NOW)) == [late]


def test_cards_by_key_are_those_of_the_list_and_never_anybody_elses(django_assert_num_queries: Any) -> None:
    patient = make_patient()
    mine = [booked(patient=patient, days=day) for day in (1, 2)]
    move(booking=mine[0], to_slot_id=slot_in(mine[0].doctor, days=9).pk, by=patient.user, now=NOW)
    keys = {booking.pk for booking in (*mine, booked(days=3))}
    listed = selectors.cards(selectors.bookings_visible_to(patient.user)).in_bulk(keys)
    with django_assert_num_queries(1):
        found = selectors.cards_by_key(patient.user, keys)
        shown = {key: card(booking, patient.user, NOW) for key, booking in found.items()}
    assert shown == {key: card(booking, patient.user, NOW) for key, booking in listed.items()}
    assert set(found) == {booking.pk for booking in mine}
    patient.user.is_active = False
    assert selectors.cards_by_key(patient.user, keys) == {}
