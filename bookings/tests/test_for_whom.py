"""Booking for somebody one cares for (C11): who is asked, who is refused, and who is told."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings import services
from bookings.choices import Status
from bookings.models import Booking
from bookings.people import remove_person
from bookings.rules import HasComingAppointments, NoSuchPerson
from bookings.selectors import history
from bookings.tests.conftest import NOW
from bookings.tests.people import browser_of, hidden, new_address, slot_in, text_of
from doctors.tests.factories import make_doctor
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def parent() -> PatientProfile:
    return make_patient(full_name="Paula Parent")


@pytest.fixture
def child(parent: PatientProfile) -> PatientProfile:
    return make_person(parent, full_name="Tom Parent", allergies="Peanuts")


@pytest.fixture
def browser(parent: PatientProfile) -> Client:
    return browser_of(parent.user)


def booked_for(child: PatientProfile, parent: PatientProfile, **ahead: float) -> Booking:
    return services.book(slot_id=slot_in(**ahead).pk, person_id=child.pk, by=parent.user, now=NOW)


def test_nobody_is_asked_who_has_only_themselves(browser: Client) -> None:
    assert "Who is this for?" not in text_of(browser.get(new_address(slot_in())))


def test_with_somebody_on_the_list_it_is_asked(browser: Client, child: PatientProfile) -> None:
    page = text_of(browser.get(new_address(slot_in())))
    assert "Who is this for?" in page
    assert "Yourself, Paula Parent" in page
    assert "Tom Parent, my son" in page


def test_booking_for_a_child_books_the_child(browser: Client, parent: PatientProfile, child: PatientProfile) -> None:
    response = browser.post(new_address(slot_in()), {"person": child.pk, "reason": "Cough"})
    booking = Booking.objects.get()
    assert (booking.patient, booking.booked_by) == (child, parent.user)
    page = text_of(browser.get(response["Location"]))
    assert "for Tom Parent" in page
    assert "Booked, waiting for the doctor to confirm, for Tom Parent" in page
    assert "by you" in page


def test_without_an_answer_it_is_for_oneself(browser: Client, parent: PatientProfile, child: PatientProfile) -> None:
    browser.post(new_address(slot_in()), {"reason": "Knee"})
    assert Booking.objects.get().patient == parent


@pytest.mark.parametrize("whose", ["stranger", "strangers_child", "removed", "nobody"])
def test_anybody_elses_person_is_refused_as_if_there_were_none(
    browser: Client, parent: PatientProfile, child: PatientProfile, whose: str
) -> None:
    stranger = make_patient()
    remove_person(person=child, by=parent.user, now=NOW)
    key = {
        "stranger": stranger.pk,
        "strangers_child": make_person(stranger).pk,
        "removed": child.pk,
        "nobody": 10**17,
    }[whose]
    slot = slot_in()
    posts: list[dict[str, Any]] = [{"person": key}, {"choose": slot.pk, "person": key}]
    assert [browser.post(new_address(slot), posted).status_code for posted in posts] == [404, 404]
    assert not Booking.objects.exists()


@pytest.mark.parametrize("given", ["abc", "-1", "1" * 30, "1.5", "٣", "' OR 1=1"])
def test_a_garbled_person_is_nobody(browser: Client, given: str) -> None:
    slot = slot_in()
    assert browser.post(new_address(slot), {"person": given}).status_code == 404
    assert not Booking.objects.exists()


def test_the_service_itself_refuses_anothers_patient(parent: PatientProfile) -> None:
    stranger = make_patient()
    for who in ({"patient": stranger}, {"person_id": stranger.pk}, {"person_id": make_person(stranger).pk}):
        with pytest.raises(NoSuchPerson):
            services.book(slot_id=slot_in().pk, by=parent.user, now=NOW, **who)


def test_two_people_can_be_elsewhere_at_the_same_time_but_not_one(
    browser: Client, parent: PatientProfile, child: PatientProfile
) -> None:
    booked_for(child, parent, days=1)
    same_hour = slot_in(make_doctor(), days=1)

    page = text_of(browser.get(new_address(same_hour)))
    assert "Tom Parent, my son – has another appointment at this time" in page
    refused = browser.post(new_address(same_hour), {"person": child.pk})
    assert refused.status_code == 409
    assert "Tom Parent already has an appointment at this time" in text_of(refused)
    assert browser.post(new_address(same_hour), {"person": parent.pk}).status_code == 302


def test_the_form_proposes_who_is_free(browser: Client, parent: PatientProfile, child: PatientProfile) -> None:
    services.book(slot_id=slot_in(days=1).pk, by=parent.user, now=NOW)
    page = text_of(browser.get(new_address(slot_in(make_doctor(), days=1))))
    assert "Check your appointment" in page
    chosen = re.search(r'<input type="radio"[^>]*value="(\d+)"[^>]*checked', page)
    assert chosen
    assert chosen[1] == str(child.pk)


def test_for_whom_is_kept_through_the_page_about_a_lost_time(
    browser: Client, parent: PatientProfile, child: PatientProfile
) -> None:
    doctor = make_doctor()
    lost, other = slot_in(doctor, days=1), slot_in(doctor, days=2)
    services.book(slot_id=lost.pk, by=make_patient().user, now=NOW)

    page = browser.post(new_address(lost), {"person": child.pk, "reason": "Cough"})
    assert page.status_code == 409
    assert hidden(page, "person") == str(child.pk)
    assert "Tom Parent" in text_of(page)
    again = browser.post(new_address(lost), {"choose": other.pk, "person": child.pk, "reason": "Cough"})
    assert "checked" in text_of(again).partition(f'value="{child.pk}"')[2][:120]


@pytest.mark.django_db(transaction=True)
def test_confirming_for_a_child_takes_at_most_ten_statements() -> None:
    parent = make_patient()
    child, slot, browser = make_person(parent), slot_in(), browser_of(parent.user)
    key = hidden(browser.get(new_address(slot)), "idempotency_key")
    with CaptureQueriesContext(connection) as statements:
        response = browser.post(new_address(slot), {"person": child.pk, "reason": "Cough", "idempotency_key": key})
    said = [query["sql"] for query in statements.captured_queries]
    assert response.status_code == 302
    assert len(said) <= 10, "\n".join(said)


def test_the_guardian_is_told_and_the_child_is_named(parent: PatientProfile, child: PatientProfile) -> None:
    booked_for(child, parent)
    facts = OutgoingMessage.objects.get(action="BOOKING_PENDING").data
    assert (facts["to"]["email"], facts["to"]["name"]) == (parent.email, "Paula Parent")
    assert facts["booking"]["patient_name"] == "Tom Parent"
    assert "Tom Parent" in facts["calendar"]["content"]


def test_the_guardian_may_cancel_and_a_stranger_may_not(parent: PatientProfile, child: PatientProfile) -> None:
    booking = booked_for(child, parent)
    address = reverse("bookings:cancel", args=[booking.reference])
    assert browser_of(make_patient().user).post(address, {}).status_code == 404
    browser_of(parent.user).post(address, {})
    booking.refresh_from_db()
    assert (booking.status, booking.cancelled_by) == (Status.CANCELLED, parent.user)


def test_lists_and_home_say_for_whom(browser: Client, parent: PatientProfile, child: PatientProfile) -> None:
    booked_for(child, parent)
    services.book(slot_id=slot_in(days=2).pk, by=parent.user, now=NOW)
    for address in ("/patient/", "/patient/bookings/"):
        page = text_of(browser.get(address))
        assert page.count("For Tom Parent") == 1
        assert "For Paula Parent" not in page


def test_the_doctor_sees_whom_to_expect_and_who_cares_for_them(parent: PatientProfile, child: PatientProfile) -> None:
    booking = booked_for(child, parent)
    page = text_of(browser_of(booking.doctor.user).get(reverse("bookings:detail", args=[booking.reference])))
    for words in ["Tom Parent", "Peanuts", "Paula Parent (“my son”)", parent.phone]:
        assert words in page


def test_who_booked_for_whom_is_kept(parent: PatientProfile, child: PatientProfile) -> None:
    booking = booked_for(child, parent)
    assert (booking.booked_by, history(booking)[0].by) == (parent.user, parent.user)


# Taking somebody off the list


def test_somebody_with_appointments_to_come_stays(parent: PatientProfile, child: PatientProfile) -> None:
    booked_for(child, parent)
    with pytest.raises(HasComingAppointments):
        remove_person(person=child, by=parent.user, now=NOW)
    page = text_of(browser_of(parent.user).post(reverse("bookings:person_remove", args=[child.pk]), follow=True))
    assert "Tom Parent stays on your list. There are appointments to come." in page


def test_who_is_removed_cannot_be_booked_for_and_what_was_stays_readable(
    parent: PatientProfile, child: PatientProfile
) -> None:
    booking = booked_for(child, parent, days=1)
    later = booking.ends_at + timedelta(days=1)
    remove_person(person=child, by=parent.user, now=later)
    remove_person(person=child, by=parent.user, now=later)
    with pytest.raises(NoSuchPerson):
        services.book(slot_id=slot_in(days=4).pk, person_id=child.pk, by=parent.user, now=later)
    browser = browser_of(parent.user)
    assert browser.get(reverse("bookings:detail", args=[booking.reference])).status_code == 200
    assert browser.get(reverse("bookings:person_remove", args=[child.pk])).status_code == 404


def test_nobody_removes_anothers_people(child: PatientProfile) -> None:
    stranger = make_patient()
    with pytest.raises(NoSuchPerson):
        remove_person(person=child, by=stranger.user, now=NOW)
    address = reverse("bookings:person_remove", args=[child.pk])
    assert [
        browser_of(stranger.user).get(address).status_code,
        browser_of(stranger.user).post(address).status_code,
    ] == [
        404,
        404,
    ]
    child.refresh_from_db()
    assert child.removed_at is None
