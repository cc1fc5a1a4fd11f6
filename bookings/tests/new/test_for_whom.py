"""Booking for somebody one cares for (C11): who is asked, who is refused, and who is told."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.account_closure.dependents import remove_person
from bookings.choices import Status
from bookings.models import Booking
from bookings.rules import HasComingAppointments, NoSuchPerson, PatientRef, PersonNotChosen
from bookings.selectors import history
from bookings.services.book import book
from bookings.tests.conftest import NOW
from bookings.tests.people import browser_of, hidden, new_address, slot_in, text_of
from core.calendar_file import CalendarInvitation
from core.text.phones import phone_words
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
    return book(slot_id=slot_in(**ahead).pk, patient_ref=PatientRef.person(child.pk), by=parent.user, now=NOW)


def test_nobody_is_asked_who_has_only_themselves(browser: Client) -> None:
    response = browser.get(new_address(slot_in()))
    assert response.status_code == 200
    assert 'name="reason"' in text_of(response)
    assert "Who is this for?" not in text_of(response)


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
    assert "Requested, waiting for the doctor to confirm, for Tom Parent" in page
    assert "by you" in page


def chosen(response: Any) -> list[str]:
    """Who is ticked under "Who is this for?"."""
    return re.findall(r'<input type="radio" name="person" value="(\d+)"[^>]*checked', text_of(response))


def test_without_an_answer_nothing_is_booked_and_nothing_typed_is_lost(browser: Client, child: PatientProfile) -> None:
    answer = browser.post(new_address(slot_in()), {"reason": "Knee", "notes": "Left <one>"})
    page = text_of(answer)
    assert answer.status_code == 200
    assert not Booking.objects.exists()
    assert page.count("Choose who this is for.") == 2  # in the summary and beside the question
    assert 'value="Knee"' in page
    assert "Left &lt;one&gt;" in page
    assert chosen(answer) == []


def test_nobody_is_chosen_before_they_say(browser: Client, child: PatientProfile) -> None:
    page = browser.get(new_address(slot_in()))
    assert "Who is this for?" in text_of(page)
    assert chosen(page) == []
    assert "Request this appointment" in text_of(page)


def test_the_rule_asks_whoever_looks_after_somebody(parent: PatientProfile, child: PatientProfile) -> None:
    with pytest.raises(PersonNotChosen):
        book(slot_id=slot_in().pk, by=parent.user, now=NOW)
    remove_person(person=child, by=parent.user, now=NOW)
    assert book(slot_id=slot_in().pk, by=parent.user, now=NOW).patient == parent


@pytest.mark.parametrize("automatic", [True, False])
def test_the_button_names_who_it_is_for(parent: PatientProfile, automatic: bool) -> None:
    doctor = make_doctor(confirms_automatically=automatic)
    oliver, twin = (make_person(parent, full_name=name) for name in ("Oliver Parent", "Sam Parent"))
    make_person(parent, full_name="Sam Other")
    browser, address = browser_of(parent.user), new_address(slot_in(doctor))
    verb = "Book" if automatic else "Request"
    for person, name in ((oliver, "Oliver"), (twin, "Sam Parent"), (parent, "yourself")):
        page = text_of(browser.get(f"{address}&person={person.pk}"))
        assert f">{verb} for {name}</button>" in page
    page = text_of(browser.get(address))
    assert f">{verb} this appointment</button>" in page
    assert f'data-for-{oliver.pk}="{verb} for Oliver"' in page


PERSON = {
    "full_name": "Oliver Parent",
    "date_of_birth_0": "4",
    "date_of_birth_1": "6",
    "date_of_birth_2": "2015",
    "relationship": "my son",
}


def test_adding_a_person_comes_back_with_them_chosen_and_every_word(browser: Client, parent: PatientProfile) -> None:
    slot = slot_in()
    address = reverse("bookings:new_person") + f"?slot={slot.pk}"
    words = {"reason": "Cough & cold", "notes": "Since\nMonday"}
    asked = browser.post(address, {**words, "add_person": "1"})
    assert "Add someone you care for" in text_of(asked)
    kept = {name: html.unescape(hidden(asked, name)) for name in words}
    assert kept == words

    refused = browser.post(address, {**kept, "full_name": ""})
    assert "Enter their full name." in text_of(refused)
    assert html.unescape(hidden(refused, "reason")) == words["reason"]

    back = browser.post(address, {**kept, **PERSON})
    oliver = PatientProfile.objects.get(guardian=parent.user)
    assert "Check your appointment" in text_of(back)
    assert chosen(back) == [str(oliver.pk)]
    assert back.context["form"]["reason"].value() == words["reason"]
    assert back.context["form"]["notes"].value() == words["notes"]
    assert ">Request for Oliver</button>" in text_of(back)

    undecided = browser.post(new_address(slot), {**kept, "choose": slot.pk})
    assert undecided.context["form"]["notes"].value() == words["notes"]


def test_the_link_to_add_a_person_comes_back_with_them_chosen(browser: Client, parent: PatientProfile) -> None:
    back = browser.post(reverse("patients:person_new"), {**PERSON, "next": "/waiting/join/x/?first_day=2026-08-06"})
    oliver = PatientProfile.objects.get(guardian=parent.user)
    assert back["Location"] == f"/waiting/join/x/?first_day=2026-08-06&person={oliver.pk}"


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
    others = PatientRef.of(stranger), PatientRef.person(stranger.pk), PatientRef.person(make_person(stranger).pk)
    for who in others:
        with pytest.raises(NoSuchPerson):
            book(slot_id=slot_in().pk, by=parent.user, now=NOW, patient_ref=who)


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


def test_the_form_says_who_is_not_free_and_still_proposes_nobody(
    browser: Client, parent: PatientProfile, child: PatientProfile
) -> None:
    book(slot_id=slot_in(days=1).pk, patient_ref=PatientRef.of(parent), by=parent.user, now=NOW)
    page = text_of(browser.get(new_address(slot_in(make_doctor(), days=1))))
    assert "Check your appointment" in page
    assert "Yourself, Paula Parent – has another appointment at this time" in page
    assert "checked" not in page


def test_for_whom_is_kept_through_the_page_about_a_lost_time(
    browser: Client, parent: PatientProfile, child: PatientProfile
) -> None:
    doctor = make_doctor()
    lost, other = slot_in(doctor, days=1), slot_in(doctor, days=2)
    book(slot_id=lost.pk, by=make_patient().user, now=NOW)

    page = browser.post(new_address(lost), {"person": child.pk, "reason": "Cough"})
    assert page.status_code == 409
    assert hidden(page, "person") == str(child.pk)
    assert "Tom Parent" in text_of(page)
    again = browser.post(new_address(lost), {"choose": other.pk, "person": child.pk, "reason": "Cough"})
    assert "checked" in text_of(again).partition(f'value="{child.pk}"')[2][:120]


@pytest.mark.django_db(transaction=True)
def test_confirming_for_a_child_takes_five_round_trips_too() -> None:
    parent = make_patient()
    child, slot, browser = make_person(parent), slot_in(), browser_of(parent.user)
    key = hidden(browser.get(new_address(slot)), "idempotency_key")
    with CaptureQueriesContext(connection) as statements:
        response = browser.post(new_address(slot), {"person": child.pk, "reason": "Cough", "idempotency_key": key})
    said = [query["sql"] for query in statements.captured_queries]
    assert response.status_code == 302
    assert len(said) == 5, "\n".join(said)


def test_the_guardian_is_told_and_the_child_is_named(parent: PatientProfile, child: PatientProfile) -> None:
    booked_for(child, parent)
    facts = OutgoingMessage.objects.get(action="BOOKING_PENDING").data
    assert (facts["to"]["email"], facts["to"]["name"]) == (parent.email, "Paula Parent")
    assert facts["booking"]["patient_name"] == "Tom Parent"
    assert "Tom Parent" in CalendarInvitation.from_data(facts["calendar"]).file()["content"]


def test_the_guardian_may_cancel_and_a_stranger_may_not(parent: PatientProfile, child: PatientProfile) -> None:
    booking = booked_for(child, parent)
    address = reverse("bookings:cancel", args=[booking.reference])
    assert browser_of(make_patient().user).post(address, {}).status_code == 404
    browser_of(parent.user).post(address, {})
    booking.refresh_from_db()
    assert (booking.status, booking.cancelled_by) == (Status.CANCELLED, parent.user)


def test_lists_and_home_say_for_whom(browser: Client, parent: PatientProfile, child: PatientProfile) -> None:
    booked_for(child, parent)
    book(slot_id=slot_in(days=2).pk, patient_ref=PatientRef.of(parent), by=parent.user, now=NOW)
    for address in ("/patient/", "/patient/bookings/"):
        page = text_of(browser.get(address))
        assert page.count("For Tom Parent") == 1
        assert "For Paula Parent" not in page


def test_the_doctor_sees_whom_to_expect_and_who_cares_for_them(parent: PatientProfile, child: PatientProfile) -> None:
    booking = booked_for(child, parent)
    page = text_of(browser_of(booking.doctor.user).get(reverse("bookings:detail", args=[booking.reference])))
    for words in ["Tom Parent", "Peanuts", "Paula Parent (“my son”)", phone_words(parent.phone)]:
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
    assert "Tom Parent stays on your list. There are upcoming appointments." in page


def test_who_is_removed_cannot_be_booked_for_and_what_was_stays_readable(
    parent: PatientProfile, child: PatientProfile
) -> None:
    booking = booked_for(child, parent, days=1)
    later = booking.ends_at + timedelta(days=1)
    remove_person(person=child, by=parent.user, now=later)
    remove_person(person=child, by=parent.user, now=later)
    with pytest.raises(NoSuchPerson):
        book(slot_id=slot_in(days=4).pk, patient_ref=PatientRef.person(child.pk), by=parent.user, now=later)
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
