"""Appointments in the Google Calendars of their people, through the stand-in (E2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import StaffFactory
from bookings.calendars import reconcile
from bookings.models import Booking
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.services.move import move
from bookings.services.steps import check_in, complete, confirm
from core import clock
from doctors.tests.factories import make_slot
from integrations.google_calendar import services as google_services
from integrations.google_calendar.fake import FakeGoogle
from integrations.models import GoogleConnection, OutgoingMessage
from integrations.tests.google import make_connection
from patients.models import PatientProfile
from tests.calendars.people import DOCTOR, PATIENT, Pair, connected_pair, deliver

pytestmark = pytest.mark.django_db(transaction=True)


def start_of(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["start"]["dateTime"]).astimezone(UTC)


def test_a_booking_appears_in_both_calendars_under_the_ids_it_keeps(pair: Pair) -> None:
    booking = pair.book()
    deliver()

    (of_doctor,), (of_patient,) = pair.in_both()
    assert of_doctor["summary"] == "Appointment with Pat Patient"
    assert of_patient["summary"] == "Appointment with Dr Ana Smith"
    assert (of_doctor["id"], of_patient["id"]) == (booking.doctor_event_id, booking.patient_event_id)
    assert start_of(of_patient) == booking.starts_at
    assert of_patient["start"]["timeZone"] == of_patient["end"]["timeZone"] == "Europe/London"
    assert "Riverside" in of_patient["location"]
    assert f"/bookings/{booking.reference}/" in of_patient["source"]["url"]
    assert of_patient["visibility"] == "private"


def test_nothing_said_to_the_hospital_reaches_a_calendar(pair: Pair) -> None:
    slot = make_slot(pair.doctor)
    book(
        slot_id=slot.pk,
        patient_ref=PatientRef.of(pair.patient),
        by=pair.patient.user,
        reason="chest pain",
        notes="since Monday",
        now=clock.now(),
    )
    deliver()

    assert len(pair.events(DOCTOR)) == 1
    assert "chest" not in str(pair.in_both())
    assert "Monday" not in str([event["description"] for calendar in pair.in_both() for event in calendar])


def test_a_cancellation_takes_it_out_of_both(pair: Pair) -> None:
    booking = pair.book()
    deliver()
    cancel(booking=booking, by=pair.patient.user, now=clock.now())
    deliver()

    assert pair.in_both() == [[], []]


def test_booked_and_cancelled_before_anything_left_leaves_nothing(pair: Pair) -> None:
    cancel(booking=pair.book(), by=pair.patient.user, now=clock.now())
    deliver()

    assert pair.in_both() == [[], []]
    assert not OutgoingMessage.objects.open().exists()


def test_a_move_changes_the_same_events(pair: Pair) -> None:
    booking = pair.book()
    deliver()
    before = [{event["id"] for event in calendar} for calendar in pair.in_both()]
    to = make_slot(pair.doctor, days=5)
    new = move(booking=booking, to_slot_id=to.pk, by=pair.patient.user, now=clock.now())
    deliver()

    assert [{event["id"] for event in calendar} for calendar in pair.in_both()] == before
    assert [start_of(calendar[0]) for calendar in pair.in_both()] == [to.starts_at, to.starts_at]
    assert new.doctor_event_id == booking.doctor_event_id
    assert pair.events(PATIENT)[0]["sequence"] >= new.calendar_sequence


def test_whether_it_is_confirmed_is_said(google: FakeGoogle) -> None:
    pair = connected_pair(google, confirms_automatically=False)
    booking = pair.book()
    deliver()
    assert ["Not confirmed yet" in calendar[0]["description"] for calendar in pair.in_both()] == [True, True]

    confirm(booking=booking, by=pair.doctor.user, now=clock.now())
    deliver()
    assert ["Not confirmed" in calendar[0]["description"] for calendar in pair.in_both()] == [False, False]


def test_a_visit_that_takes_place_is_left_as_it_stands(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    booking = pair.book(hours=1)
    deliver()
    before = pair.in_both()
    on_the_day = booking.starts_at + timedelta(minutes=1)
    check_in(booking=booking, by=pair.doctor.user, now=on_the_day)
    complete(booking=booking, by=pair.doctor.user, now=on_the_day)
    deliver()

    assert pair.in_both() == before


def test_of_somebody_cared_for_the_guardian_has_it_in_their_calendar(pair: Pair) -> None:
    child = PatientProfile.objects.create(
        own_name="Tom Patient", guardian=pair.patient.user, date_of_birth=datetime(2019, 1, 1, tzinfo=UTC).date()
    )
    slot = make_slot(pair.doctor)
    book(slot_id=slot.pk, patient_ref=PatientRef.of(child), by=pair.patient.user, now=clock.now())
    deliver()

    assert pair.events(DOCTOR)[0]["summary"] == "Appointment with Tom Patient"
    assert "For Tom Patient" in pair.events(PATIENT)[0]["description"]


def test_who_has_not_connected_is_not_bothered(google: FakeGoogle) -> None:
    pair = connected_pair(google, connect=False)
    pair.book()

    assert not OutgoingMessage.objects.filter(channel="GOOGLE").exists()


def test_with_google_switched_off_nothing_is_written(pair: Pair, settings: Any) -> None:
    settings.GOOGLE_CLIENT_ID = ""
    pair.book()

    assert not OutgoingMessage.objects.filter(channel="GOOGLE").exists()


def statements_of_all_steps(pair: Pair) -> dict[str, int]:
    """How many statements each step takes, with its BEGIN and COMMIT."""
    slot, to, counted = make_slot(pair.doctor, days=3), make_slot(pair.doctor, days=4), {}
    staff = StaffFactory()
    steps = {
        "book": lambda _: book(
            slot_id=slot.pk,
            patient_ref=PatientRef.of(pair.patient),
            by=pair.patient.user,
            now=clock.now(),
            idempotency_key="k",
        ),
        "confirm": lambda booking: confirm(booking=booking, by=pair.doctor.user, now=clock.now()),
        "move": lambda booking: move(booking=booking, to_slot_id=to.pk, by=pair.patient.user, now=clock.now()),
        "cancel": lambda booking: cancel(booking=booking, by=staff, now=clock.now()),
    }
    booking: Any = None
    for name, step in steps.items():
        with CaptureQueriesContext(connection) as queries:
            booking = step(booking)
        counted[name] = len(queries)
    return counted


def test_a_connected_calendar_costs_no_step_a_statement(google: FakeGoogle) -> None:
    without = statements_of_all_steps(connected_pair(google, confirms_automatically=False, connect=False))
    pair = connected_pair(google, confirms_automatically=False)
    OutgoingMessage.objects.all().delete()

    assert statements_of_all_steps(pair) == without
    assert without["book"] <= 10
    assert OutgoingMessage.objects.filter(channel="GOOGLE").count() == 8


def test_asking_for_each_connection_would_be_noticed(google: FakeGoogle, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same with a query in place of the joined rows."""
    without = statements_of_all_steps(connected_pair(google, confirms_automatically=False, connect=False))
    monkeypatch.setattr(
        "bookings.calendars.events.event_drafts",
        lambda changes: google_services.google_events([change for _, change in changes]),
    )

    assert statements_of_all_steps(connected_pair(google, confirms_automatically=False))["book"] > without["book"]


# Connecting later


def test_connecting_later_fills_in_what_is_to_come_once(google: FakeGoogle) -> None:
    pair = connected_pair(google, connect=False)
    coming, gone = pair.book(), pair.book(days=3)
    cancel(booking=gone, by=pair.patient.user, now=clock.now())
    connections = [
        make_connection(google, user, account=email)
        for user, email in ((pair.doctor.user, DOCTOR), (pair.patient.user, PATIENT))
    ]

    assert reconcile.backfill(now=clock.now()) == 2
    deliver()

    assert [[event["id"] for event in calendar] for calendar in pair.in_both()] == [
        [coming.doctor_event_id],
        [coming.patient_event_id],
    ]
    known = GoogleConnection.objects.filter(
        pk__in=[connection.pk for connection in connections], backfilled_at__isnull=False
    )
    assert known.count() == 2
    assert reconcile.backfill(now=clock.now()) == 0


def test_a_booking_made_between_connecting_and_filling_in_is_told_once(google: FakeGoogle) -> None:
    pair = connected_pair(google, connect=False)
    make_connection(google, pair.patient.user, account=PATIENT)
    pair.book()
    reconcile.backfill(now=clock.now())

    assert OutgoingMessage.objects.filter(channel="GOOGLE").count() == 1


def test_many_appointments_are_filled_in_in_short_transactions(
    google: FakeGoogle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "AT_ONCE", 2)
    pair = connected_pair(google, connect=False)
    keys = {pair.book(days=2 + number).patient_event_id for number in range(5)}
    make_connection(google, pair.patient.user, account=PATIENT)
    reconcile.backfill(now=clock.now())
    deliver()

    assert {event["id"] for event in pair.events(PATIENT)} == keys


def test_ids_follow_from_the_uid_of_the_calendar_file(pair: Pair) -> None:
    booking = pair.book()
    again = Booking.objects.get(pk=booking.pk)

    assert (again.doctor_event_id, again.patient_event_id) == (booking.doctor_event_id, booking.patient_event_id)
    assert again.doctor_event_id != again.patient_event_id
    assert len(again.doctor_event_id) == 26
