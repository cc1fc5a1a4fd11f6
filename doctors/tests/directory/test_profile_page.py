"""A doctor's page and the free times on it (B3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.factories import StaffFactory
from core import clock
from doctors import services
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor, make_slot
from doctors.tests.people import patient_account

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 8, 5, 12, 0, tzinfo=UTC)  # Wednesday, one o'clock in London
MOST_QUERIES = 6
WITHOUT_TIMES = MOST_QUERIES + 1  # whether weekly hours begin later is asked only then


@pytest.fixture(autouse=True)
def _one_oclock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def page(client: Client, doctor: DoctorProfile, name: str = "doctors:profile", **query: str) -> str:
    response = client.get(reverse(name, args=[doctor.slug]), query)
    assert response.status_code == 200
    return unescape(response.content.decode())


def test_details_and_fee_are_shown(client: Client) -> None:
    doctor = make_doctor(
        full_name="Ana Álvarez",
        specialization="Surgery",
        qualification="MD, PhD",
        years_of_experience=1,
        room="Building B, room 12",
        biography="Calm <b>hands</b>.",
        consultation_fee_cents=9_900,
    )
    body = client.get(reverse("doctors:profile", args=[doctor.slug])).content.decode()
    for words in ("Dr Ana Álvarez", "Surgery", "MD, PhD", "1 year", "Building B, room 12", "£99.00"):
        assert words in body
    assert "Calm &lt;b&gt;hands" in body


def test_the_next_day_with_free_times_is_chosen_and_each_time_is_a_full_link(client: Client) -> None:
    doctor = make_doctor(full_name="Ana Álvarez")
    slot = make_slot(doctor, starts_at=datetime(2026, 8, 8, 13, 30, tzinfo=UTC))
    body = page(client, doctor)
    assert "This is the next available appointment." in body
    assert f'href="{reverse("bookings:new")}?slot={slot.pk}"' in body
    assert "2:30pm</time>" in body
    assert "with Dr Ana Álvarez on Saturday 8 August 2026" in body


def test_times_are_grouped_by_part_of_day(client: Client) -> None:
    doctor = make_doctor()
    for hour in (8, 12, 17):
        make_slot(doctor, starts_at=datetime(2026, 8, 6, hour, 0, tzinfo=UTC))
    body = page(client, doctor)
    assert [body.index(part) for part in ("Morning", "Afternoon", "Evening")] == sorted(
        body.index(part) for part in ("Morning", "Afternoon", "Evening")
    )


def test_another_day_can_be_chosen_by_address(client: Client) -> None:
    doctor = make_doctor()
    make_slot(doctor, starts_at=NOW + timedelta(days=1))
    other = make_slot(doctor, starts_at=NOW + timedelta(days=2))
    body = page(client, doctor, date="2026-08-07")
    assert str(other.pk) in body
    assert "This is the next available appointment" not in body


def test_a_day_without_times_leads_to_the_next_one(client: Client) -> None:
    doctor = make_doctor()
    make_slot(doctor, starts_at=NOW + timedelta(days=1))
    body = page(client, doctor, date="2026-08-09")
    assert "No free times on this day" in body
    assert '<a href="?date=2026-08-06">Thursday 6 August 2026</a>' in body


def test_without_free_times_there_are_other_doctors_and_a_phone_number(client: Client) -> None:
    doctor = make_doctor()
    colleague = make_doctor(full_name="Col League", department=doctor.department)
    make_slot(colleague, starts_at=NOW + timedelta(days=1))
    body = page(client, doctor)
    assert "no free appointment" in body
    assert "Dr Col League" in body
    assert "Thursday 6 August 2026, 1:00pm" in body
    assert "020 7946 0100" in body
    assert 'class="week"' not in body


def test_a_doctor_who_takes_no_bookings_says_so_and_offers_no_time(client: Client) -> None:
    doctor = make_doctor(is_accepting=False)
    slot = make_slot(doctor, starts_at=NOW + timedelta(days=1))
    body = page(client, doctor)
    assert "isn’t taking new bookings" in body
    assert str(slot.pk) not in body


def test_a_booked_or_past_time_is_not_offered(client: Client) -> None:
    doctor = make_doctor()
    past = make_slot(doctor, starts_at=NOW - timedelta(hours=1))
    taken = make_slot(doctor, starts_at=NOW + timedelta(hours=1))
    type(taken).objects.filter(pk=taken.pk).update(state="BOOKED")
    free = make_slot(doctor, starts_at=NOW + timedelta(hours=4))
    body = page(client, doctor)
    assert str(free.pk) in body
    assert str(past.pk) not in body
    assert str(taken.pk) not in body


def test_an_unapproved_doctors_page_is_404_to_the_public_and_a_preview_to_the_doctor(client: Client) -> None:
    doctor = make_doctor(approved=False)
    addresses = [reverse(name, args=[doctor.slug]) for name in ("doctors:profile", "doctors:times")]
    for viewer in (None, patient_account(), make_doctor().user):
        if viewer:
            client.force_login(viewer)
        assert [client.get(address).status_code for address in addresses] == [404, 404]
    client.force_login(doctor.user)
    assert "until your licence is approved" in page(client, doctor)
    client.force_login(StaffFactory())
    assert "Patients can’t see this page" in page(client, doctor)


def test_a_doctor_who_left_is_404(client: Client) -> None:
    doctor = make_doctor()
    doctor.user.is_active = False
    doctor.user.save(update_fields=["is_active"])
    assert client.get(reverse("doctors:profile", args=[doctor.slug])).status_code == 404


def test_the_open_page_asks_again_and_hears_only_of_changes(client: Client) -> None:
    doctor = make_doctor()
    slot = make_slot(doctor, starts_at=NOW + timedelta(days=1))
    body = page(client, doctor)
    address = body.split('data-hx-get="')[1].split('"')[0]
    assert client.get(address).status_code == 204

    later = make_slot(doctor, starts_at=NOW + timedelta(days=1, hours=1))
    response = client.get(address)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-cache"
    update = unescape(response.content.decode())
    assert str(later.pk) in update
    assert "The free times changed." in update

    services.delete_slot(doctor=doctor, slot_id=slot.pk, by=doctor.user, now=NOW)
    assert client.get(update.split('data-hx-get="')[1].split('"')[0]).status_code == 200


@pytest.mark.parametrize("signed_in", [False, True])
def test_the_number_of_queries_stays_with_the_number_of_times(client: Client, *, signed_in: bool) -> None:
    if signed_in:
        client.force_login(patient_account())
    doctor = make_doctor()
    counts = []
    for wanted in (0, 1, 60):
        for number in range(wanted):
            make_slot(doctor, starts_at=NOW + timedelta(days=1 + wanted, hours=number))
        with CaptureQueriesContext(connection) as captured:
            page(client, doctor)
        counts.append(len(captured))
    assert counts[0] <= WITHOUT_TIMES
    assert counts[1] == counts[2] <= MOST_QUERIES


def test_without_times_the_colleagues_cost_no_more_when_they_are_many(client: Client) -> None:
    doctor = make_doctor()
    counts = []
    for _ in range(2):
        for _ in range(4):
            make_slot(make_doctor(department=doctor.department), starts_at=NOW + timedelta(days=1))
        with CaptureQueriesContext(connection) as captured:
            page(client, doctor)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= WITHOUT_TIMES
