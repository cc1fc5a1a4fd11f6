"""The trail as staff read it: found, filtered, in words, quick, and changed by nobody (H4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import StaffFactory, make_staff
from audit import services as audit
from audit.choices import Kind
from audit.models import Entry
from bookings.models import Booking
from bookings.services.steps import confirm
from bookings.tests.factories import make_booking
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor, make_slot
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "admin:audit_entry_changelist"


@pytest.fixture
def browser() -> Client:
    return browser_of(make_staff(StaffRole.ADMINISTRATOR, full_name="Alma Admin"))


def browser_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def cancelled(*, patient: str = "Pat Patient", why: str = "The doctor is ill") -> Booking:
    """By Rita at reception, from 203.0.113.9."""
    booking = make_booking(patient=make_patient(full_name=patient), slot=make_slot(make_doctor(full_name="Ana Alba")))
    reception = make_staff(StaffRole.RECEPTION, full_name="Rita Reception", username="rita")
    at_desk = Client(REMOTE_ADDR="203.0.113.9")
    at_desk.force_login(reception)
    at_desk.post(reverse("bookings:cancel", args=[booking.reference]), {"reason": why})
    return booking


def rows(browser: Client, **asked: str) -> list[list[str]]:
    """Each row of the list, cell by cell, as it is shown."""
    response = browser.get(reverse(LIST), asked)
    assert response.status_code == 200
    entries, admin = response.context["cl"].result_list, response.context["cl"].model_admin
    return [[str(getattr(admin, name)(entry)) for name in admin.list_display] for entry in entries]


def whats(browser: Client, **asked: str) -> list[str]:
    return [row[2] for row in rows(browser, **asked)]


def test_a_row_says_when_who_what_on_whom_from_where_and_why(browser: Client) -> None:
    booking = cancelled()

    when, *rest = rows(browser, q=booking.reference)[0]
    assert when.startswith(timezone.localtime().strftime("%a"))
    assert rest == [
        "Rita Reception (staff)",
        f"Appointment {booking.reference} cancelled",
        "Dr Ana Alba, Pat Patient",
        "203.0.113.9",
        "The doctor is ill",
    ]


def test_approving_a_doctor_reads_as_that(browser: Client) -> None:
    doctor = make_doctor(approved=False, full_name="Nia New")
    DoctorProfile.objects.filter(pk=doctor.pk).update(approved_at=timezone.now())

    assert rows(browser, model="doctors.doctorprofile")[0][2:4] == ["Doctor approved", "Dr Nia New"]


@pytest.mark.parametrize(
    "typed", ["rita", "RITA@example.org", "Rita Recep", "203.0.113.9", "pat patient", "ana alba", " HMS "]
)
def test_it_is_found_by_person_reference_or_address(browser: Client, typed: str) -> None:
    booking = cancelled()
    other = make_booking(patient=make_patient(full_name="Otto Other"))
    asked = booking.reference.lower() if typed == " HMS " else typed

    found = whats(browser, q=asked)
    assert f"Appointment {booking.reference} cancelled" in found
    assert f"Appointment {other.reference} booked" not in found


def test_it_is_found_by_request(browser: Client) -> None:
    booking = cancelled()
    entry = Entry.objects.get(name=booking.reference, pgh_label="update")

    assert set(whats(browser, q=entry.request_id)) == {
        f"Appointment {booking.reference} cancelled",
        "Time freed",
    }


@pytest.mark.parametrize("typed", ["nobody at all", "203.0.113.77", "%", "'", "a" * 500])
def test_what_is_nobody_and_nothing_finds_nothing(browser: Client, typed: str) -> None:
    cancelled()

    assert rows(browser, q=typed) == []


def test_it_is_filtered_by_kind_by_thing_and_by_day(browser: Client) -> None:
    cancelled()
    audit.record(Kind.EXPORTED, details={"list": "appointments", "rows": 3})

    assert whats(browser, kind=Kind.EXPORTED) == ["Exported as a file (list: appointments, rows: 3)"]
    assert set(whats(browser, kind="other", days="0")) == {
        "Exported as a file (list: appointments, rows: 3)",
        "Signed in",
    }
    assert {what.split()[0] for what in whats(browser, model="bookings.booking", kind="changes")} == {"Appointment"}
    assert {row[1].split()[0] for row in rows(browser, by="people")} == {"Rita", "Alma"}
    assert not {row[1].split()[0] for row in rows(browser, by="system")} & {"Rita", "Alma"}


def test_the_page_of_an_entry_has_what_it_was_and_became(browser: Client) -> None:
    booking = cancelled()
    entry = Entry.objects.get(name=booking.reference, pgh_label="update")
    page = browser.get(reverse("admin:audit_entry_change", args=[entry.pk])).content.decode()

    assert "<th scope='row'>Status</th><td>Request sent</td><td>Cancelled</td>" in page
    assert "<th scope='row'>Cancellation reason</th><td>not kept</td><td>not kept</td>" in page
    assert "<th scope='row'>Cancelled by</th><td>–</td><td>Rita Reception</td>" in page
    assert reverse("admin:bookings_booking_change", args=[booking.pk]) in page
    assert "POST bookings:cancel" in page
    assert entry.request_id in page


def test_the_kind_of_staff_somebody_became_is_named(browser: Client) -> None:
    user = make_staff(StaffRole.MANAGER, full_name="Mia Manager")
    entry = Entry.objects.get(model="accounts.user_groups", about__contains=[f"accounts.user:{user.pk}"])
    page = browser.get(reverse("admin:audit_entry_change", args=[entry.pk])).content.decode()

    assert "Kind of staff given" in page
    assert "<td>–</td><td>Manager</td>" in page


def test_a_refusal_names_the_page(browser: Client) -> None:
    browser_of(make_patient(full_name="Pia Patient").user).get(reverse("doctors:availability"))

    assert rows(browser, kind=Kind.REFUSED)[0][1:3] == [
        "Pia Patient (patient)",
        "Not allowed (GET doctors:availability)",
    ]


def test_the_history_of_an_appointment_is_its_part_of_the_trail(browser: Client) -> None:
    booking, other = cancelled(), make_booking()
    page = browser.get(reverse("admin:bookings_booking_change", args=[booking.pk])).content.decode()
    history = reverse("admin:bookings_booking_history", args=[booking.pk])
    assert f'href="{history}"' in page

    response = browser.get(history, follow=True)
    told = [entry.name for entry in response.context["cl"].result_list]
    assert set(told) == {booking.reference, ""} or set(told) == {booking.reference}
    assert other.reference not in told


@pytest.mark.parametrize("kind", [StaffRole.RECEPTION, StaffRole.MANAGER])
def test_who_may_not_read_the_trail_has_no_history_either(kind: StaffRole) -> None:
    booking, at_desk = make_booking(), browser_of(make_staff(kind))
    history = reverse("admin:bookings_booking_history", args=[booking.pk])

    assert at_desk.get(reverse(LIST)).status_code == 403
    assert at_desk.get(history).status_code == 403
    page = at_desk.get(reverse("admin:bookings_booking_change", args=[booking.pk])).content.decode()
    assert booking.reference in page
    assert history not in page


def test_nobody_changes_anything_there_not_even_a_superuser() -> None:
    cancelled()
    browser, entry = browser_of(StaffFactory(is_superuser=True)), Entry.objects.latest("pk")
    one = reverse("admin:audit_entry_change", args=[entry.pk])

    assert browser.get(reverse("admin:audit_entry_add")).status_code == 403
    assert browser.get(reverse("admin:audit_entry_delete", args=[entry.pk])).status_code == 403
    assert browser.post(one, {"reason": "x"}).status_code == 403
    browser.post(reverse(LIST), {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"})
    assert b'name="_save"' not in browser.get(one).content
    assert Entry.objects.filter(pk=entry.pk).exclude(reason="x").exists()


def statements(browser: Client, **asked: Any) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(reverse(LIST), asked).status_code == 200
    return len(seen)


def test_the_list_asks_as_much_for_many_as_for_few(browser: Client) -> None:
    booking = make_booking()
    browser.get(reverse(LIST))
    few = statements(browser)
    for number in range(6):
        other = make_booking(slot=make_slot(days=2 + number))
        confirm(booking=other, by=other.doctor.user, now=timezone.now() + timedelta(seconds=1))

    assert statements(browser) == few <= 12
    assert statements(browser, q=booking.reference) <= few + 6
