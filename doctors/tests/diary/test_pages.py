"""A doctor's diary: the week, and adding, changing and deleting times (B4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.factories import StaffFactory
from core import clock
from doctors.choices import SlotState
from doctors.models import DoctorProfile, Slot
from doctors.tests.factories import make_doctor, make_slot
from doctors.tests.people import patient_account

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 8, 5, 12, 0, tzinfo=UTC)  # Wednesday, one o'clock in London
TOMORROW = "2026-08-06"
ONE = {"date": TOMORROW, "start": "09:00", "end": "09:30"}
SEVERAL = {"date": TOMORROW, "start": "09:00", "end": "11:00", "length": "20", "pause": "10"}


@pytest.fixture(autouse=True)
def _one_oclock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_doctor()


@pytest.fixture
def signed_in(client: Client, doctor: DoctorProfile) -> Client:
    client.force_login(doctor.user)
    return client


def book(slot: Slot) -> Slot:
    Slot.objects.filter(pk=slot.pk).update(state=SlotState.BOOKED)
    return slot


def body(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return unescape(response.content.decode())


def edit_url(slot: Slot) -> str:
    return reverse("doctors:slot_edit", args=[slot.pk])


def delete_url(slot: Slot) -> str:
    return reverse("doctors:slot_delete", args=[slot.pk])


# The week


def test_the_week_shows_free_and_booked_times_and_counts(signed_in: Client, doctor: DoctorProfile) -> None:
    free = make_slot(doctor, starts_at=NOW + timedelta(days=1))
    booked = book(make_slot(doctor, starts_at=NOW + timedelta(days=1, hours=1)))
    make_slot(doctor, starts_at=NOW - timedelta(days=1))
    stranger = make_slot(starts_at=NOW + timedelta(days=1))
    page = body(signed_in.get(reverse("doctors:availability")))
    assert "Monday 3 August 2026 to Sunday 9 August 2026" in page
    assert "1 free, 1 booked" in page
    assert "1 not booked" in page
    assert edit_url(free) in page
    assert edit_url(booked) not in page
    assert edit_url(stranger) not in page


def test_other_weeks_are_a_link_away(signed_in: Client) -> None:
    page = body(signed_in.get(reverse("doctors:availability")))
    assert "?date=2026-07-27" in page
    assert "?date=2026-08-10" in page
    assert "This week" not in page.split("week-nav")[1].split("</nav>")[0]
    later = body(signed_in.get(reverse("doctors:availability"), {"date": "2026-08-12"}))
    assert "Monday 10 August 2026" in later
    assert "This week</a>" in later


def test_the_week_costs_the_same_with_one_time_and_with_a_hundred(signed_in: Client, doctor: DoctorProfile) -> None:
    def cost(times: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            page = signed_in.get(reverse("doctors:availability"), {"date": "2026-08-05"})
        assert page.status_code == 200
        assert page.context["free_count"] == times
        return len(queries)

    make_slot(doctor, starts_at=NOW + timedelta(minutes=30))
    with_one = cost(1)
    for number in range(1, 100):
        make_slot(doctor, starts_at=NOW + timedelta(minutes=30 * (number + 1)))
    assert cost(100) == with_one <= 5


def test_waiting_for_approval_is_said_until_it_is_given(client: Client) -> None:
    waiting = make_doctor(approved=False)
    client.force_login(waiting.user)
    assert "waiting for approval" in body(client.get(reverse("doctors:availability")))
    client.force_login(make_doctor().user)
    assert "waiting for approval" not in body(client.get(reverse("doctors:availability")))


# Adding


def test_one_time_is_added_in_the_hospitals_clock(signed_in: Client, doctor: DoctorProfile) -> None:
    response = signed_in.post(reverse("doctors:slot_new"), ONE)
    assert response.url == f"{reverse('doctors:availability')}?date={TOMORROW}"
    [slot] = Slot.objects.filter(doctor=doctor)
    assert (slot.starts_at, slot.minutes) == (datetime(2026, 8, 6, 8, 0, tzinfo=UTC), 30)


def test_several_times_are_added_at_once(signed_in: Client, doctor: DoctorProfile) -> None:
    page = body(signed_in.post(reverse("doctors:day_new"), SEVERAL, follow=True))
    assert "4 times have been added to your diary." in page
    assert [slot.starts_at.minute for slot in Slot.objects.filter(doctor=doctor)] == [0, 30, 0, 30]


def test_a_preview_shows_what_would_be_made_and_makes_nothing(signed_in: Client, doctor: DoctorProfile) -> None:
    make_slot(doctor, starts_at=datetime(2026, 8, 6, 8, 30, tzinfo=UTC))
    page = body(signed_in.post(reverse("doctors:day_new"), SEVERAL | {"preview": "yes"}))
    assert "This makes 4 times" in page
    assert page.count("overlaps your diary") == 1
    assert Slot.objects.count() == 1


def test_a_preview_of_what_cant_be_made_says_why(signed_in: Client) -> None:
    page = body(signed_in.post(reverse("doctors:day_new"), SEVERAL | {"length": "2", "preview": "yes"}))
    assert "Enter at least 5 minutes." in page
    assert "This makes" not in page


def test_a_day_in_the_address_is_filled_in(signed_in: Client) -> None:
    assert 'value="2026-09-01"' in body(signed_in.get(reverse("doctors:day_new"), {"date": "2026-09-01"}))
    assert 'value="2026-08-05"' in body(signed_in.get(reverse("doctors:slot_new"), {"date": "2020-01-01"}))


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"date": ""}, "date", "Enter a date."),
        ({"date": "tomorrow"}, "date", "Enter a date, like 6/8/2026."),
        ({"date": "2026-08-04"}, "date", "This day has already passed."),
        ({"date": "2029-01-01"}, "date", "within the next two years"),
        ({"date": "0001-01-01"}, "date", "This day has already passed."),
        ({"date": "9999-12-31"}, "date", "within the next two years"),
        ({"start": "25:00"}, "start", "Enter a time, like 9:00."),
        ({"end": "🩺" * 10_000}, "end", "Enter a time, like 9:30."),
        ({"end": "08:00"}, "end", "The end is before the start. A time over midnight can be at most 8 hours long."),
        ({"end": "09:00"}, "end", "The end must differ from the start."),
        ({"end": "09:04"}, "end", "at least 5 minutes"),
        ({"end": "17:01"}, "end", "at most 8 hours"),
        ({"date": "2026-08-05", "start": "12:59", "end": "14:00"}, "start", "already passed"),
        ({"date": "2027-03-28", "start": "01:30", "end": "03:00"}, "start", "clocks go forward"),
        ({"date": "2027-03-28", "start": "00:30", "end": "01:15"}, "end", "clocks go forward"),
    ],
)
def test_bad_input_gets_a_sentence_beside_its_field_and_keeps_the_rest(
    signed_in: Client, change: dict[str, str], field: str, sentence: str
) -> None:
    response = signed_in.post(reverse("doctors:slot_new"), ONE | change)
    page = body(response)
    assert sentence in " ".join(response.context["form"][field].errors)
    assert list(response.context["form"].errors) == [field]
    assert "Error: Add a time" in page
    for name, value in ONE.items():
        if name not in change:
            assert f'value="{value}"' in page
    assert Slot.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"length": "90000"}, "length"),
        ({"length": "150"}, "length"),
        ({"length": "x"}, "length"),
        ({"pause": "-1"}, "pause"),
    ],
)
def test_bad_lengths_and_pauses_are_said_beside_them(signed_in: Client, change: dict[str, str], field: str) -> None:
    response = signed_in.post(reverse("doctors:day_new"), SEVERAL | change)
    assert list(response.context["form"].errors) == [field]
    assert Slot.objects.count() == 0


def test_an_overlap_is_said_beside_the_start_and_nothing_of_the_day_is_added(
    signed_in: Client, doctor: DoctorProfile
) -> None:
    make_slot(doctor, starts_at=datetime(2026, 8, 6, 8, 30, tzinfo=UTC))
    response = signed_in.post(reverse("doctors:day_new"), SEVERAL)
    assert response.context["form"]["start"].errors == ["This overlaps another time in your diary."]
    assert Slot.objects.count() == 1


def test_a_posted_doctor_or_state_changes_nothing(signed_in: Client, doctor: DoctorProfile) -> None:
    other = make_doctor()
    signed_in.post(reverse("doctors:slot_new"), ONE | {"doctor": other.pk, "doctor_id": other.pk, "state": "BOOKED"})
    [slot] = Slot.objects.all()
    assert (slot.doctor, slot.state) == (doctor, SlotState.FREE)


# Changing and deleting


def test_a_free_time_gets_other_hours(signed_in: Client, doctor: DoctorProfile) -> None:
    slot = make_slot(doctor, starts_at=NOW + timedelta(days=1))
    assert 'value="13:00"' in body(signed_in.get(edit_url(slot)))
    response = signed_in.post(edit_url(slot), {"date": "2026-08-07", "start": "10:00", "end": "10:45"})
    assert response.url.endswith("?date=2026-08-07")
    moved = Slot.objects.get(doctor=doctor)
    assert (moved.starts_at, moved.minutes) == (datetime(2026, 8, 7, 9, 0, tzinfo=UTC), 45)
    assert moved.pk != slot.pk  # so that nobody who was checking the old hours is booked at the new ones


def test_a_change_onto_another_time_is_refused_beside_the_start(signed_in: Client, doctor: DoctorProfile) -> None:
    slot = make_slot(doctor, starts_at=NOW + timedelta(days=1))
    make_slot(doctor, starts_at=NOW + timedelta(days=2))
    response = signed_in.post(edit_url(slot), {"date": "2026-08-07", "start": "13:10", "end": "13:40"})
    assert response.context["form"]["start"].errors == ["This overlaps another time in your diary."]


def test_a_free_time_is_deleted_after_asking(signed_in: Client, doctor: DoctorProfile) -> None:
    slot = make_slot(doctor, starts_at=NOW + timedelta(days=1))
    assert "Delete this time?" in body(signed_in.get(delete_url(slot)))
    assert Slot.objects.filter(pk=slot.pk).exists()
    assert "The time has been deleted." in body(signed_in.post(delete_url(slot), follow=True))
    assert not Slot.objects.filter(pk=slot.pk).exists()


@pytest.mark.parametrize("url", [edit_url, delete_url])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_booked_time_stays_and_says_why(signed_in: Client, doctor: DoctorProfile, url: Any, method: str) -> None:
    slot = book(make_slot(doctor, starts_at=NOW + timedelta(days=1)))
    page = body(getattr(signed_in, method)(url(slot), {"date": TOMORROW, "start": "10:00", "end": "11:00"}), 409)
    assert "A patient has booked this time. Cancel the appointment first." in page
    slot.refresh_from_db()
    assert slot.starts_at == NOW + timedelta(days=1)


@pytest.mark.parametrize("url", [edit_url, delete_url])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_past_time_stays_and_says_why(signed_in: Client, doctor: DoctorProfile, url: Any, method: str) -> None:
    slot = make_slot(doctor, starts_at=NOW - timedelta(hours=1))
    page = body(getattr(signed_in, method)(url(slot), ONE), 409)
    assert "This time has already passed." in page
    assert Slot.objects.filter(pk=slot.pk, starts_at=slot.starts_at).exists()


@pytest.mark.parametrize("url", [edit_url, delete_url])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_time_booked_while_the_page_was_open_stays(
    signed_in: Client, doctor: DoctorProfile, url: Any, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = make_slot(doctor, starts_at=NOW + timedelta(days=1))
    # The page is decided on what was read before the patient was faster.
    monkeypatch.setattr("doctors.diary.views._why_fixed", lambda *_, **__: book(slot) and None)
    response = getattr(signed_in, method)(url(slot), ONE)
    assert response.status_code == (409 if method == "post" else 200)
    assert Slot.objects.filter(pk=slot.pk, state=SlotState.BOOKED, starts_at=slot.starts_at).exists()


@pytest.mark.parametrize("url", [edit_url, delete_url])
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_doctors_time_is_404(signed_in: Client, url: Any, method: str) -> None:
    slot = make_slot(starts_at=NOW + timedelta(days=1))
    assert getattr(signed_in, method)(url(slot), ONE).status_code == 404
    assert Slot.objects.filter(pk=slot.pk, starts_at=slot.starts_at).exists()


def test_a_time_that_never_was_is_404(signed_in: Client) -> None:
    assert signed_in.get(reverse("doctors:slot_edit", args=[uuid4()])).status_code == 404


# Who may


@pytest.mark.parametrize("name", ["availability", "slot_new", "day_new", "edit_profile"])
def test_only_doctors_keep_a_diary(client: Client, name: str) -> None:
    address = reverse(f"doctors:{name}")
    assert client.get(address).status_code == 302
    for person in (patient_account(), StaffFactory()):
        client.force_login(person)
        assert client.get(address).status_code == 403


# Taking new bookings (B7)


def test_a_doctor_stops_and_starts_taking_bookings(signed_in: Client, doctor: DoctorProfile) -> None:
    address = reverse("doctors:accepting")
    assert "You’re not accepting bookings now." in body(signed_in.post(address, {"is_accepting": "no"}, follow=True))
    doctor.refresh_from_db()
    assert not doctor.is_accepting
    assert "can book your free times again" in body(signed_in.post(address, {"is_accepting": "yes"}, follow=True))
    doctor.refresh_from_db()
    assert doctor.is_accepting


def test_the_switch_needs_a_plain_answer_by_post_and_never_leaves_the_site(
    signed_in: Client, doctor: DoctorProfile
) -> None:
    address = reverse("doctors:accepting")
    assert signed_in.get(address).status_code == 405
    assert signed_in.post(address, {"is_accepting": "maybe"}).status_code == 400
    answer = {"is_accepting": "no", "next": "https://evil.example/"}
    assert signed_in.post(address, answer).url == reverse("doctors:availability")
    assert signed_in.post(address, answer | {"next": "/doctor/"}).url == "/doctor/"


def test_the_switch_is_ones_own(signed_in: Client) -> None:
    other = make_doctor()
    signed_in.post(reverse("doctors:accepting"), {"is_accepting": "no", "doctor": other.pk})
    other.refresh_from_db()
    assert other.is_accepting


def test_the_last_time_of_a_day_may_end_at_midnight(signed_in: Client) -> None:
    signed_in.post(reverse("doctors:slot_new"), {"date": TOMORROW, "start": "23:30", "end": "00:00"})
    [slot] = Slot.objects.all()
    assert (slot.minutes, clock.hospital_day(slot.starts_at)) == (30, date(2026, 8, 6))
