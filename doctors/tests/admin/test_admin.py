"""Departments, doctors and times in the admin (H1): no edit breaks a rule."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.choices import Role, StaffRole
from accounts.models import User
from accounts.tests.factories import StaffFactory, make_staff
from doctors.choices import SlotState
from doctors.models import Department, DoctorProfile, Slot
from doctors.tests.factories import DepartmentFactory, make_doctor, make_slot

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


@pytest.fixture
def desk(client: Client) -> Client:
    client.force_login(StaffFactory())
    return client


def change(row: Any) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


def new_doctor(**facts: Any) -> dict[str, Any]:
    typed = {
        "full_name": "Nora Neu",
        "email": "Nora@Example.org",
        "username": "nora",
        "phone": "",
        "department": DepartmentFactory().pk,
        "specialization": "Cardiology",
        "qualification": "MD",
        "licence_number": "LIC-NORA",
        "years_of_experience": "3",
        "consultation_fee_cents": "80.50",
        "room": "",
        "biography": "",
        "is_accepting": "on",
    }
    return typed | facts


def posted(doctor: DoctorProfile, **facts: Any) -> dict[str, Any]:
    """The change form as the page sends it, with `facts` typed over."""
    typed = {
        "full_name": doctor.user.full_name,
        "phone": doctor.user.phone,
        "department": doctor.department_id,
        "specialization": doctor.specialization,
        "qualification": doctor.qualification,
        "licence_number": doctor.licence_number,
        "years_of_experience": doctor.years_of_experience,
        "consultation_fee_cents": "120.00",
        "room": "",
        "biography": "",
        "is_accepting": "on",
    }
    return typed | facts


def wall_clock(field: str, moment: datetime) -> dict[str, str]:
    local = timezone.localtime(moment)
    return {f"{field}_0": f"{local:%d/%m/%Y}", f"{field}_1": f"{local:%H:%M}"}


def slot_times(starts_at: datetime, minutes: int = 30) -> dict[str, str]:
    return wall_clock("starts_at", starts_at) | wall_clock("ends_at", starts_at + timedelta(minutes=minutes))


def tomorrow(hour: int = 10) -> datetime:
    local = timezone.localtime(timezone.now()) + timedelta(days=1)
    return local.replace(hour=hour, minute=0, second=0, microsecond=0)


# Doctors


def test_staff_add_a_doctor_with_account_and_profile_together(desk: Client) -> None:
    response = desk.post(
        "/admin/doctors/doctorprofile/add/", new_doctor(role="STAFF", is_superuser="on", is_staff="on")
    )

    assert response.status_code == 302
    doctor = DoctorProfile.objects.get(licence_number="LIC-NORA")
    assert (doctor.user.username, doctor.user.role, doctor.user.email) == ("nora", Role.DOCTOR, "nora@example.org")
    assert not doctor.user.is_staff
    assert not doctor.user.is_superuser
    assert not doctor.user.has_usable_password()
    assert doctor.consultation_fee_cents == 8050
    assert doctor.approved_at is None
    assert EmailAddress.objects.filter(user=doctor.user, email="nora@example.org", primary=True).exists()


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("licence_number", {"licence_number": "LIC-TAKEN"}, "There is already a doctor with this licence number."),
        ("email", {"email": "TAKEN@example.org"}, "There is already an account with this e-mail."),
        ("full_name", {"full_name": "two\nlines"}, "one line"),
        ("years_of_experience", {"years_of_experience": "71"}, "70"),
        ("consultation_fee_cents", {"consultation_fee_cents": "-1"}, "0"),
    ],
)
def test_a_doctor_that_breaks_a_rule_is_refused_beside_the_field(
    desk: Client, field: str, typed: dict[str, str], sentence: str
) -> None:
    make_doctor(licence_number="LIC-TAKEN", email="taken@example.org")
    before = User.objects.count()

    response = desk.post("/admin/doctors/doctorprofile/add/", new_doctor(**typed))

    assert response.status_code == 200
    assert sentence in " ".join(response.context["adminform"].form.errors[field])
    assert User.objects.count() == before


def test_staff_change_name_and_licence_and_the_search_follows(desk: Client) -> None:
    doctor = make_doctor()

    response = desk.post(change(doctor), posted(doctor, full_name="Ana Núñez", licence_number="NEW-1"))

    assert response.status_code == 302
    doctor = DoctorProfile.objects.get(pk=doctor.pk)
    assert (doctor.user.full_name, doctor.user.search_name) == ("Ana Núñez", "ana nunez")
    assert doctor.licence_number == "NEW-1"
    assert "Consultation fee" not in LogEntry.objects.latest("pk").get_change_message()


def test_a_licence_number_in_use_is_refused_beside_the_field_and_nothing_changes(desk: Client) -> None:
    make_doctor(licence_number="LIC-TAKEN")
    doctor = make_doctor(full_name="Old Name")

    response = desk.post(change(doctor), posted(doctor, full_name="New Name", licence_number="LIC-TAKEN"))

    assert "already a doctor" in response.context["adminform"].form.errors["licence_number"][0]
    assert DoctorProfile.objects.get(pk=doctor.pk).user.full_name == "Old Name"


def test_posting_facts_the_form_does_not_ask_for_changes_nothing(desk: Client) -> None:
    doctor, other = make_doctor(approved=False), make_doctor()
    forbidden = {"user": other.user_id, "slug": "mine", "approved_at_0": "01/01/2026", "approved_at_1": "10:00"}
    forbidden |= {"email": "thief@example.org", "username": "thief", "approved_by": other.user_id, "approved_at": "now"}

    assert desk.post(change(doctor), posted(doctor, **forbidden)).status_code == 302

    after = DoctorProfile.objects.get(pk=doctor.pk)
    assert (after.user_id, after.slug, after.approved_at, after.approved_by) == (
        doctor.user_id,
        doctor.slug,
        None,
        None,
    )
    assert (after.user.email, after.user.username) == (doctor.user.email, doctor.user.username)


def test_the_action_approves_once_and_says_how_many(desk: Client) -> None:
    waiting, approved = make_doctor(approved=False), make_doctor()
    when = approved.approved_at
    action = {"action": "approve", "_selected_action": [waiting.pk, approved.pk]}

    page = desk.post("/admin/doctors/doctorprofile/", action, follow=True)

    assert [str(message) for message in page.context["messages"]] == ["1 doctor approved."]
    waiting.refresh_from_db()
    approved.refresh_from_db()
    assert waiting.approved_by == page.wsgi_request.user
    assert waiting.is_listed
    assert approved.approved_at == when


def test_a_doctor_is_never_deleted(desk: Client) -> None:
    doctor = make_doctor()

    assert desk.post(f"/admin/doctors/doctorprofile/{doctor.pk}/delete/", {"post": "yes"}).status_code == 403
    desk.post(
        "/admin/doctors/doctorprofile/", {"action": "delete_selected", "_selected_action": doctor.pk, "post": "1"}
    )
    assert DoctorProfile.objects.filter(pk=doctor.pk).exists()


@pytest.mark.parametrize("query", ["alvarez", "Álvarez", "LIC-XYZ", "ana@example.org", "neuro"])
def test_a_doctor_is_found_by_name_licence_mail_or_specialization(desk: Client, query: str) -> None:
    make_doctor(full_name="Zed Other", specialization="Dermatology")
    found = make_doctor(
        full_name="Ana Álvarez", licence_number="LIC-XYZ", email="ana@example.org", specialization="Neurology"
    )

    page = desk.get("/admin/doctors/doctorprofile/", {"q": query})

    assert list(page.context["cl"].result_list) == [found]


# Departments


def test_a_department_with_doctors_stays_and_the_reason_is_told(desk: Client) -> None:
    department = make_doctor().department

    page = desk.post(f"/admin/doctors/department/{department.pk}/delete/", {"post": "yes"}, follow=True)

    assert "still has doctors" in str(next(iter(page.context["messages"])))
    assert Department.objects.filter(pk=department.pk).exists()


def test_an_empty_department_can_be_deleted_and_the_log_knows(desk: Client) -> None:
    department = DepartmentFactory(name="Nobody's")

    assert desk.post(f"/admin/doctors/department/{department.pk}/delete/", {"post": "yes"}).status_code == 302

    assert not Department.objects.filter(pk=department.pk).exists()
    assert LogEntry.objects.get(object_id=str(department.pk)).object_repr == "Nobody's"


def test_the_address_of_a_department_stays(desk: Client) -> None:
    department = DepartmentFactory(slug="heart")

    response = desk.post(change(department), {"name": "Hearts", "slug": "other", "description": ""})

    assert response.status_code == 302
    department.refresh_from_db()
    assert (department.name, department.slug) == ("Hearts", "heart")


def test_a_second_department_of_a_name_is_refused_with_a_sentence(desk: Client) -> None:
    DepartmentFactory(name="Cardiology", slug="cardiology")

    response = desk.post("/admin/doctors/department/add/", {"name": "Cardiology", "slug": "c2", "description": ""})

    assert response.status_code == 200
    assert "already" in str(response.context["adminform"].form.errors)


# Times


def test_staff_put_a_time_into_a_diary(desk: Client) -> None:
    doctor = make_doctor()

    response = desk.post("/admin/doctors/slot/add/", {"doctor": doctor.pk, "state": "BOOKED", **slot_times(tomorrow())})

    assert response.status_code == 302
    slot = Slot.objects.get(doctor=doctor)
    assert (slot.starts_at, slot.state) == (tomorrow(), SlotState.FREE)
    assert LogEntry.objects.get().object_id == str(slot.pk)


@pytest.mark.parametrize(
    ("days", "minutes", "field", "sentence"),
    [
        (-2, 30, "starts_at", "already passed"),
        (0, 0, "ends_at", "after the start"),
        (0, 4, "ends_at", "at least 5 minutes"),
        (0, 600, "ends_at", "at most 8 hours"),
        (900, 30, "starts_at", "two years"),
    ],
)
def test_a_time_that_breaks_a_rule_is_refused_beside_the_field(
    desk: Client, days: int, minutes: int, field: str, sentence: str
) -> None:
    typed = {"doctor": make_doctor().pk, **slot_times(tomorrow() + timedelta(days=days), minutes)}

    response = desk.post("/admin/doctors/slot/add/", typed)

    assert sentence in response.context["adminform"].form.errors[field][0]
    assert not Slot.objects.exists()


def test_overlapping_times_are_refused_when_added_and_when_moved(desk: Client) -> None:
    doctor = make_doctor()
    make_slot(doctor, starts_at=tomorrow(10))
    other = make_slot(doctor, starts_at=tomorrow(12))

    added = desk.post("/admin/doctors/slot/add/", {"doctor": doctor.pk, **slot_times(tomorrow(10), 45)})
    moved = desk.post(change(other), slot_times(tomorrow(10)))

    for response in (added, moved):
        assert response.context["adminform"].form.errors["starts_at"] == [
            "This overlaps another time in the doctor’s diary."
        ]
    other.refresh_from_db()
    assert (Slot.objects.count(), other.starts_at) == (2, tomorrow(12))


def test_a_free_time_moves_but_never_to_another_doctor(desk: Client) -> None:
    slot = make_slot(starts_at=tomorrow(10))

    assert desk.post(change(slot), {"doctor": make_doctor().pk, **slot_times(tomorrow(11))}).status_code == 302

    after = Slot.objects.get()
    assert (after.starts_at, after.doctor_id) == (tomorrow(11), slot.doctor_id)


@pytest.mark.parametrize("which", ["booked", "past"])
def test_a_booked_or_past_time_is_neither_moved_nor_deleted(desk: Client, which: str) -> None:
    slot = make_slot(days=-1 if which == "past" else 1)
    if which == "booked":
        Slot.objects.filter(pk=slot.pk).update(state=SlotState.BOOKED)

    moved = desk.post(change(slot), slot_times(tomorrow(16)))
    deleted = desk.post(f"/admin/doctors/slot/{slot.pk}/delete/", {"post": "yes"})
    taken_out = desk.post("/admin/doctors/slot/", {"action": "take_out", "_selected_action": slot.pk}, follow=True)

    assert (moved.status_code, deleted.status_code) == (403, 403)
    assert "0 times removed. 1 refused" in str(next(iter(taken_out.context["messages"])))
    assert Slot.objects.get(pk=slot.pk).starts_at == slot.starts_at
    assert desk.get(change(slot)).status_code == 200


def test_free_times_are_deleted_by_page_and_by_action(desk: Client) -> None:
    first, second = make_slot(), make_slot()

    desk.post(f"/admin/doctors/slot/{first.pk}/delete/", {"post": "yes"})
    desk.post("/admin/doctors/slot/", {"action": "take_out", "_selected_action": second.pk})

    assert not Slot.objects.exists()


# Rights, and how it scales


def test_model_permissions_still_apply_to_staff_without_superuser(client: Client) -> None:
    receptionist = StaffFactory(is_superuser=False)
    receptionist.user_permissions.add(Permission.objects.get(codename="view_doctorprofile"))
    client.force_login(receptionist)
    doctor = make_doctor(approved=False)

    assert client.get("/admin/doctors/doctorprofile/").status_code == 200
    assert client.get("/admin/doctors/slot/").status_code == 403
    assert client.post(change(doctor), posted(doctor)).status_code == 403
    client.post("/admin/doctors/doctorprofile/", {"action": "approve", "_selected_action": doctor.pk})
    doctor.refresh_from_db()
    assert doctor.approved_at is None


@pytest.mark.parametrize("model", ["department", "doctorprofile", "slot"])
def test_a_list_costs_the_same_with_one_row_and_with_twenty(desk: Client, model: str) -> None:
    department = DepartmentFactory()

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(f"/admin/doctors/{model}/").status_code == 200
        return len(queries)

    make_slot(make_doctor(department=department), days=1)
    cost()  # content types and the like are asked for once
    one = cost()
    for number in range(19):
        make_slot(make_doctor(department=department), days=1, hours=number)
    assert cost() == one


def test_who_changes_the_address_of_a_doctor_shows_first_that_it_is_them(client: Client) -> None:
    doctor = make_doctor().user
    client.force_login(make_staff(StaffRole.ADMINISTRATOR))
    typed = {"full_name": doctor.full_name, "email": "thief@example.org", "phone": doctor.phone}

    answer = client.post(change(doctor), typed)

    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert User.objects.get(pk=doctor.pk).email == doctor.email
