"""The page of one record in the admin: its links, its words, its times, its buttons (H1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import display_for_value
from django.db.models import Model
from django.test import Client
from django.test.html import Element, parse_html
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.browser import signs_in
from accounts.tests.factories import make_staff
from audit.choices import Kind
from audit.models import Entry
from bookings.models import Booking
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor
from tests.staff_room.records import make_records

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

DESK, MANAGER, ADMINISTRATOR = StaffRole.RECEPTION, StaffRole.MANAGER, StaffRole.ADMINISTRATOR
MODELS = list(admin.site._registry)


def enters(kind: StaffRole) -> Client:
    return signs_in(make_staff(kind).username)


def page_of(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def elements(top: Any) -> Iterator[Element]:
    for element in (part for part in top.children if isinstance(part, Element)):
        yield element
        yield from elements(element)


def those(page: Any, tag: str, name: str = "", value: str = "") -> list[Element]:
    """The elements of a page (or of one of its elements) with this tag, and this value of an attribute."""
    top = page if isinstance(page, Element) else parse_html(page.content.decode())
    return [
        element
        for element in elements(top)
        if element.name == tag and (not name or dict(element.attributes).get(name) == value)
    ]


def words_of(element: Any) -> str:
    if not isinstance(element, Element):
        return str(element)
    return " ".join(" ".join(map(words_of, element.children)).split())


def links_in(page: Any) -> set[str]:
    main = those(page, "div", "id", "content")[0]
    links = [dict(link.attributes).get("href", "") for link in those(main, "a")]
    return {link.split("#")[0] for link in links if link.startswith("/")}


@pytest.mark.parametrize("kind", [DESK, MANAGER, ADMINISTRATOR])
def test_no_link_on_the_page_of_a_record_leads_to_a_refusal(kind: StaffRole) -> None:
    make_records()
    client = enters(kind)
    rows = [row for model in MODELS for row in model._default_manager.order_by("-pk")[:3]]

    opened = [page for row in rows if (page := client.get(page_of(row))).status_code == 200]
    links = set().union(*map(links_in, opened))

    assert len(opened) > 15
    assert len(links) > 10
    assert {link for link in links if client.get(link).status_code not in {200, 302}} == set()


def test_who_may_open_the_patient_finds_the_link_and_who_may_not_the_name() -> None:
    make_records()
    booking = Booking.objects.first()
    path, name = page_of(booking.patient), booking.patient.full_name

    desk, manager = (enters(kind).get(page_of(booking)) for kind in (DESK, MANAGER))

    assert path in links_in(desk)
    assert path not in links_in(manager)
    assert name in manager.content.decode()


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 22, 13, 42, tzinfo=UTC), "Sun 22 Nov 2026, 1:42pm"),
        (datetime(2026, 8, 6, 8, 5, tzinfo=UTC), "Thu 6 Aug 2026, 9:05am"),
        (datetime(2026, 11, 22, 12, 0, tzinfo=UTC), "Sun 22 Nov 2026, 12:00pm"),
        (datetime(2026, 11, 22, 13, 42, tzinfo=UTC).date(), "Sun 22 Nov 2026"),
        (datetime(2026, 11, 22, 14, 30, tzinfo=UTC).time(), "2:30pm"),
    ],
)
def test_times_read_as_everywhere_else(moment: Any, words: str) -> None:
    assert display_for_value(moment, "-") == words


def test_the_last_sign_in_on_an_accounts_page_reads_so_too() -> None:
    user = make_staff(DESK)
    User.objects.filter(pk=user.pk).update(last_login=datetime(2026, 11, 22, 13, 42, tzinfo=UTC))

    page = enters(ADMINISTRATOR).get(page_of(user)).content.decode()

    assert "Sun 22 Nov 2026, 1:42pm" in page
    assert "Designates whether" not in page
    assert "150 characters or fewer" not in page


@pytest.mark.parametrize(
    ("name", "add", "one", "many"),
    [
        ("doctors_doctorprofile", "Add a doctor", "Doctor", "Doctors"),
        ("patients_patientprofile", "Add a patient", "Patient", "Patients"),
        ("bookings_booking", "Add an appointment", "Appointment", "Appointments"),
        ("accounts_user", "Add an account", "Account", "Accounts"),
        ("doctors_slot", "Add a time", "Time", "Times"),
    ],
)
def test_pages_are_called_as_staff_call_them(name: str, add: str, one: str, many: str) -> None:
    make_records()
    client = enters(ADMINISTRATOR)
    model = next(model for model in MODELS if f"{model._meta.app_label}_{model._meta.model_name}" == name)
    page, empty = client.get(page_of(model._default_manager.first())), client.get(reverse(f"admin:{name}_add"))
    listed = client.get(reverse(f"admin:{name}_changelist"))

    assert [heading(page), heading(empty)] == [one, add]
    assert trail(page)[:2] == trail(empty)[:2] == ["Home", many]
    assert trail(empty)[2] == add
    assert add in words_of(those(listed, "a", "class", "addlink")[0])


def heading(page: Any) -> str:
    return words_of(those(page, "h1")[-1])


def trail(page: Any) -> list[str]:
    return [word.strip() for word in words_of(those(page, "div", "class", "breadcrumbs")[0]).split("›")]


# The licence, approved from the doctor's own page


def approving(page: Any) -> dict[str, str]:
    """What the button sends, and to where (""); empty when there is none."""
    for form in those(page, "form"):
        if button := those(form, "button", "value", "approve"):
            sent = [dict(one.attributes) for one in (*those(form, "input"), *button)]
            return {"": dict(form.attributes)["action"]} | {item["name"]: item["value"] for item in sent}
    return {}


def test_a_licence_is_approved_on_the_doctors_own_page() -> None:
    doctor = make_doctor(approved=False)
    client = enters(MANAGER)
    sent = approving(client.get(page_of(doctor)))

    page = client.post(sent.pop(""), sent, follow=True)

    assert page.redirect_chain[-1][0] == page_of(doctor)
    assert "1 doctor approved." in page.content.decode()
    assert approving(page) == {}
    assert "csrfmiddlewaretoken" in sent
    assert DoctorProfile.objects.get(pk=doctor.pk).approved_at is not None
    assert Entry.objects.filter(model="doctors.doctorprofile", object_id=str(doctor.pk), pgh_label=Kind.UPDATE).exists()


def test_the_desk_is_offered_no_approval_and_gets_none() -> None:
    doctor = make_doctor(approved=False)
    client = enters(DESK)
    sent = {"action": "approve", "_selected_action": doctor.pk, "own_page": "yes"}

    assert approving(client.get(page_of(doctor))) == {}
    client.post(reverse("admin:doctors_doctorprofile_changelist"), sent)

    assert DoctorProfile.objects.get(pk=doctor.pk).approved_at is None


def test_who_adds_a_patient_reads_that_an_invitation_is_mailed(django_capture_on_commit_callbacks: Any) -> None:
    facts = {"full_name": "Nora New", "email": "nora@example.org", "username": "nora", "phone": ""}
    born = {"date_of_birth": "1980-02-03", "address": "", "emergency_contact_name": "", "emergency_contact_phone": ""}

    with django_capture_on_commit_callbacks(execute=True):
        page = enters(DESK).post(reverse("admin:patients_patientprofile_add"), {**facts, **born}, follow=True)

    told = words_of(those(page, "ul", "class", "messagelist")[0])
    assert "Patient Nora New is added. An invitation is on its way to nora@example.org." in told
