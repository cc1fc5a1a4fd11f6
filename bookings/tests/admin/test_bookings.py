"""Appointments in the admin (H1, C2, C5, C10): booked, moved along and cancelled by the rules, never typed over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import StaffFactory
from bookings.choices import Status
from bookings.models import Booking, BookingStatusChange
from bookings.services.cancel import cancel
from bookings.tests.conftest import NOW
from bookings.tests.factories import make_booking
from bookings.tests.people import slot_in
from doctors.choices import SlotState
from doctors.models import Slot
from doctors.tests.factories import make_doctor, make_slot
from patients.models import PatientProfile
from patients.tests.factories import make_patient

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

LIST = "/admin/bookings/booking/"
ADD = "/admin/bookings/booking/add/"


@pytest.fixture
def staff() -> User:
    return StaffFactory()


@pytest.fixture
def desk(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


def change(booking: Booking) -> str:
    return reverse("admin:bookings_booking_change", args=[booking.pk])


def told(desk: Client, action: str, *bookings: Booking, **more: Any) -> str:
    """What the page says after an action on some appointments."""
    selected = [booking.pk for booking in bookings]
    page = desk.post(LIST, {"action": action, "_selected_action": selected, **more}, follow=True)
    return " ".join(str(message) for message in page.context["messages"])


def typed(patient: PatientProfile, slot: Slot, **more: Any) -> dict[str, Any]:
    return {"person": patient.pk, "time": slot.pk, "reason": "Phoned", "key": uuid4().hex, **more}


def confirmed(**ahead: float) -> Booking:
    """An appointment that begins `ahead` of now."""
    booking = booking_in(slot_in(make_doctor(confirms_automatically=True), **ahead))
    assert booking.status == Status.CONFIRMED
    return booking


def booking_in(slot: Slot | None = None, **facts: Any) -> Booking:
    """An appointment made before its time, which is tomorrow unless said."""
    return make_booking(slot=slot or slot_in(), now=NOW - timedelta(days=1), **facts)


# Booking for somebody


def test_staff_book_a_free_time_for_a_patient_on_the_telephone(desk: Client, staff: User) -> None:
    patient, slot = make_patient(), slot_in()
    forbidden = {"status": "COMPLETED", "fee_cents": "1", "reference": "BBBB-BBBB", "booked_by": patient.user_id}

    response = desk.post(ADD, typed(patient, slot, **forbidden))

    assert response.status_code == 302
    booking = Booking.objects.get()
    assert (booking.patient, booking.slot, booking.booked_by, booking.reason) == (patient, slot, staff, "Phoned")
    assert (booking.status, booking.fee_cents) == (Status.PENDING, slot.doctor.consultation_fee_cents)
    assert booking.reference != "BBBB-BBBB"
    assert Slot.objects.get().state == SlotState.BOOKED
    assert BookingStatusChange.objects.get().by == staff


def taken() -> tuple[PatientProfile, Slot]:
    return make_patient(), booking_in().slot


def passed() -> tuple[PatientProfile, Slot]:
    return make_patient(), slot_in(hours=-1)


def not_accepting() -> tuple[PatientProfile, Slot]:
    return make_patient(), slot_in(make_doctor(is_accepting=False))


def not_approved() -> tuple[PatientProfile, Slot]:
    return make_patient(), slot_in(make_doctor(approved=False))


def busy() -> tuple[PatientProfile, Slot]:
    booking = booking_in()
    return booking.patient, make_slot(starts_at=booking.starts_at + timedelta(minutes=10))


@pytest.mark.parametrize(
    ("situation", "field", "sentence"),
    [
        (taken, "time", "Someone has just taken this time."),
        (passed, "time", "This time has already passed."),
        (not_accepting, "time", "This doctor isn’t taking new bookings at the moment."),
        (not_approved, "time", "This doctor isn’t taking new bookings at the moment."),
        (busy, "person", "This patient already has an appointment at this time."),
    ],
)
def test_a_booking_that_breaks_a_rule_is_refused_beside_the_field(
    desk: Client, situation: Any, field: str, sentence: str
) -> None:
    patient, slot = situation()
    before = Booking.objects.count()

    response = desk.post(ADD, typed(patient, slot))

    assert response.context["adminform"].form.errors == {field: [sentence]}
    assert 'value="Phoned"' in response.content.decode()
    assert Booking.objects.count() == before


def test_the_same_form_sent_twice_books_once(desk: Client) -> None:
    form = typed(make_patient(), slot_in())

    assert [desk.post(ADD, form).status_code for _ in range(2)] == [302, 302]

    assert Booking.objects.count() == 1


@pytest.mark.parametrize("garbage", ["x", "1", "é" * 300, "00000000-0000-0000-0000-000000000000"])
def test_values_that_are_no_choice_get_a_sentence(desk: Client, garbage: str) -> None:
    response = desk.post(ADD, {"person": garbage, "time": garbage, "reason": "x", "key": "k"})

    assert set(response.context["adminform"].form.errors) == {"person", "time"}
    assert desk.get(ADD, {"person": garbage, "time": garbage}).status_code == 200


def test_a_link_chooses_patient_and_time_beforehand(desk: Client) -> None:
    patient, slot = make_patient(full_name="Linked Lily"), slot_in()

    page = desk.get(ADD, {"person": patient.pk, "time": str(slot.pk)}).content.decode()

    assert "Linked Lily" in page
    assert str(slot.pk) in page


def test_only_times_that_can_be_booked_are_offered_soonest_first(desk: Client) -> None:
    for situation in (taken, passed, not_accepting, not_approved):
        situation()
    later, sooner = slot_in(days=2), slot_in(days=1)
    asked = {"term": "", "app_label": "bookings", "model_name": "booking", "field_name": "slot"}

    found = desk.get("/admin/autocomplete/", asked).json()["results"]

    assert [item["id"] for item in found] == [str(sooner.pk), str(later.pk)]
    assert "Dr Ana Álvarez" in found[0]["text"]


# Never typed over


def test_no_fact_of_an_appointment_can_be_posted(desk: Client) -> None:
    booking, other = booking_in(reason="Mine"), booking_in()
    before = Booking.objects.filter(pk=booking.pk).values().get()
    forbidden = {
        "status": "COMPLETED",
        "slot": other.slot_id,
        "patient": other.patient_id,
        "doctor": other.doctor_id,
        "starts_at_0": "01/01/2030",
        "starts_at_1": "10:00",
        "reason": "Theirs",
        "fee_cents": "0",
        "changes-TOTAL_FORMS": "1",
        "changes-INITIAL_FORMS": "0",
        "changes-0-to_status": "COMPLETED",
    }

    assert desk.post(change(booking), forbidden).status_code == 403

    assert Booking.objects.filter(pk=booking.pk).values().get() == before
    assert booking.changes.count() == 1


def test_appointments_and_their_history_are_never_deleted_or_added_by_hand(desk: Client) -> None:
    booking = booking_in()
    row = booking.changes.get()
    history = "/admin/bookings/bookingstatuschange/"

    answers = [
        desk.post(f"{LIST}{booking.pk}/delete/", {"post": "yes"}),
        desk.post(f"{history}add/", {"booking": booking.pk, "to_status": "COMPLETED"}),
        desk.post(f"{history}{row.pk}/change/", {"to_status": "COMPLETED"}),
        desk.post(f"{history}{row.pk}/delete/", {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    told(desk, "delete_selected", booking, post="yes")
    assert BookingStatusChange.objects.get() == row
    assert Booking.objects.exists()


def test_the_page_of_an_appointment_shows_its_history_and_the_next_steps_only(desk: Client) -> None:
    booking = booking_in()
    cancel(booking=booking, by=booking.patient.user, reason="Feeling better", now=NOW)

    assert [step["action"] for step in desk.get(change(booking_in())).context["steps"]] == ["confirm", "cancel"]
    page = desk.get(change(booking))
    assert page.context["steps"] == []
    assert "Feeling better" in page.content.decode()


# Steps


def test_actions_move_along_what_may_move_and_tell_the_rest(desk: Client, staff: User) -> None:
    pending, cancelled = booking_in(), booking_in()
    cancel(booking=cancelled, by=staff, reason="x", now=NOW)

    said = told(desk, "confirm", pending, cancelled)

    assert said == f"1 appointment confirmed. 1 refused: {cancelled} – This appointment has been cancelled."
    pending.refresh_from_db()
    assert pending.status == Status.CONFIRMED
    assert pending.changes.get(to_status=Status.CONFIRMED).by == staff


def test_a_patient_is_checked_in_and_the_visit_completed(desk: Client) -> None:
    booking = confirmed(hours=-1)

    assert told(desk, "check_in", booking) == "1 patient checked in."
    assert told(desk, "complete", booking) == "1 appointment completed."

    booking.refresh_from_db()
    assert booking.status == Status.COMPLETED


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ("check_in", "on the day of the appointment"),
        ("mark_no_show", "hasn’t started yet"),
        ("complete", "can’t be changed like that"),
    ],
)
def test_a_step_too_early_is_refused(desk: Client, action: str, reason: str) -> None:
    booking = confirmed(days=2)

    assert reason in told(desk, action, booking)

    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED


def test_who_did_not_come_is_marked_once_the_time_has_begun(desk: Client) -> None:
    assert told(desk, "mark_no_show", confirmed(hours=-1)) == "1 appointment marked as missed."


def test_cancelling_asks_for_a_reason_first_and_then_frees_the_time(desk: Client, staff: User) -> None:
    booking = booking_in()

    asked = desk.post(LIST, {"action": "cancel", "_selected_action": booking.pk})
    assert booking.reference in asked.content.decode()
    without = desk.post(LIST, {"action": "cancel", "_selected_action": booking.pk, "sure": "1", "reason": " "})
    assert "Tell the patient why" in without.content.decode()
    booking.refresh_from_db()
    assert booking.status == Status.PENDING

    assert told(desk, "cancel", booking, sure="1", reason="The doctor is ill") == "1 appointment cancelled."

    booking.refresh_from_db()
    assert (booking.status, booking.cancelled_by, booking.cancellation_reason) == (
        Status.CANCELLED,
        staff,
        "The doctor is ill",
    )
    assert Slot.objects.get().state == SlotState.FREE


def test_only_who_may_change_appointments_takes_steps(client: Client) -> None:
    reader = StaffFactory(is_superuser=False)
    reader.user_permissions.set(Permission.objects.filter(codename__in=["view_booking", "view_bookingstatuschange"]))
    client.force_login(reader)
    booking = booking_in()

    client.post(LIST, {"action": "confirm", "_selected_action": booking.pk})
    page = client.get(change(booking))

    booking.refresh_from_db()
    assert booking.status == Status.PENDING
    assert page.context["steps"] == []
    assert client.get(ADD).status_code == 403


# Finding, and how it scales


@pytest.mark.parametrize("query", ["{0.reference}", "nunez", "pat@example.org", "LIC-FIND", "brontë"])
def test_an_appointment_is_found_by_reference_patient_or_doctor(desk: Client, query: str) -> None:
    booking_in()
    doctor = make_doctor(full_name="Emily Brontë", licence_number="LIC-FIND")
    found = booking_in(slot=slot_in(doctor), patient=make_patient(full_name="Pat Núñez", email="pat@example.org"))

    page = desk.get(LIST, {"q": query.format(found)})

    assert list(page.context["cl"].result_list) == [found]


def test_a_reference_is_found_as_it_is_read_out(desk: Client) -> None:
    booking = booking_in()

    page = desk.get(LIST, {"q": booking.reference.replace("-", " ").lower()})

    assert list(page.context["cl"].result_list) == [booking]


@pytest.mark.parametrize("path", [LIST, "/admin/bookings/bookingstatuschange/"])
def test_a_list_costs_the_same_with_one_row_and_with_twenty(desk: Client, path: str) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(path).status_code == 200
        return len(queries)

    doctor = make_doctor()
    booking_in(slot=slot_in(doctor, days=1))
    cost()
    one = cost()
    for number in range(19):
        booking_in(slot=slot_in(doctor, days=1, hours=number + 1))
    assert cost() == one
