"""A doctor changes their own details (A8)."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from doctors.models import DoctorProfile
from doctors.tests.factories import DepartmentFactory, make_doctor, make_slot

pytestmark = pytest.mark.django_db


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_doctor(full_name="Ana Álvarez", licence_number="GMC 7", consultation_fee_cents=9_950)


@pytest.fixture
def signed_in(client: Client, doctor: DoctorProfile) -> Client:
    client.force_login(doctor.user)
    return client


def answers(doctor: DoctorProfile, /, **changes: str) -> dict[str, str]:
    facts = {
        "full_name": "Ana Álvarez-Ruiz",
        "phone": "020 7946 0009",
        "specialization": "Surgery",
        "department": str(doctor.department_id),
        "qualification": "MD, PhD",
        "years_of_experience": "11",
        "consultation_fee_cents": "150",
        "biography": "مرحبا 🩺",
        "room": "Room 4",
        "confirms_automatically": "on",
        "marks_no_shows": "on",
    }
    return facts | changes


def test_everything_a_doctor_may_change_is_changed(signed_in: Client, doctor: DoctorProfile) -> None:
    department = DepartmentFactory()
    response = signed_in.post(
        reverse("doctors:edit_profile"), answers(doctor, department=str(department.pk)), follow=True
    )
    assert "Your details are saved." in response.content.decode()
    fresh = DoctorProfile.objects.get(pk=doctor.pk)
    assert (fresh.user.full_name, fresh.user.phone, fresh.user.search_name) == (
        "Ana Álvarez-Ruiz",
        "+442079460009",
        "ana alvarez ruiz",
    )
    assert (fresh.department, fresh.specialization, fresh.search_specialization) == (department, "Surgery", "surgery")
    assert (fresh.qualification, fresh.years_of_experience, fresh.room) == ("MD, PhD", 11, "Room 4")
    assert (fresh.consultation_fee_cents, fresh.biography) == (15_000, "مرحبا 🩺")
    assert fresh.confirms_automatically
    assert fresh.marks_no_shows


def test_what_is_there_is_filled_in_and_the_licence_is_only_shown(signed_in: Client) -> None:
    page = unescape(signed_in.get(reverse("doctors:edit_profile")).content.decode())
    assert 'value="Ana Álvarez"' in page
    assert 'value="99.50"' in page
    assert "GMC 7" in page
    assert 'name="licence_number"' not in page


def test_licence_role_address_and_approval_cant_be_posted(signed_in: Client, doctor: DoctorProfile) -> None:
    sly = {"licence_number": "MINE", "role": "STAFF", "slug": "x", "approved_at": "", "email": "new@example.org"}
    other = make_doctor()
    signed_in.post(
        reverse("doctors:edit_profile"), answers(doctor, **sly, doctor=str(other.pk), user=str(other.user_id))
    )
    fresh = DoctorProfile.objects.get(pk=doctor.pk)
    assert fresh.user.full_name == "Ana Álvarez-Ruiz"
    assert (fresh.licence_number, fresh.slug, fresh.approved_at) == ("GMC 7", doctor.slug, doctor.approved_at)
    assert (fresh.user.role, fresh.user.email) == ("DOCTOR", doctor.user.email)
    untouched = DoctorProfile.objects.get(pk=other.pk)
    assert (untouched.user.full_name, untouched.room) == (other.user.full_name, other.room)


@pytest.mark.parametrize("field", ["full_name", "specialization", "qualification", "room", "biography", "phone"])
@pytest.mark.parametrize("hostile", ["x" * 10_000, "x" * 50_000])
def test_hostile_text_gets_a_sentence_and_changes_nothing(
    signed_in: Client, doctor: DoctorProfile, field: str, hostile: str
) -> None:
    response = signed_in.post(reverse("doctors:edit_profile"), answers(doctor, **{field: hostile}))
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert 'value="Ana Álvarez-Ruiz"' in unescape(response.content.decode()) or field == "full_name"
    assert DoctorProfile.objects.get(pk=doctor.pk).user.full_name == "Ana Álvarez"


def test_a_doctor_sets_their_own_terms_or_leaves_the_hospitals(signed_in: Client, doctor: DoctorProfile) -> None:
    page = unescape(signed_in.get(reverse("doctors:edit_profile")).content.decode())
    assert "If you leave it blank, the hospital’s default applies: 365 days." in page
    assert "If you leave it blank, the hospital’s default applies: 2 hours." in page

    signed_in.post(reverse("doctors:edit_profile"), answers(doctor, min_notice="1.5", booking_window="14"))

    fresh = DoctorProfile.objects.get(pk=doctor.pk)
    assert (fresh.min_notice, fresh.booking_window) == (timedelta(minutes=90), timedelta(days=14))
    assert fresh.cancel_cutoff is None
    shown = signed_in.get(reverse("doctors:edit_profile")).content.decode()
    assert 'value="1.5"' in shown
    assert 'value="14"' in shown


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("min_notice", "-1"),
        ("min_notice", "721"),
        ("booking_window", "0"),
        ("cancel_cutoff", "nan"),
        ("min_notice", "x"),
    ],
)
def test_terms_out_of_reason_are_refused(signed_in: Client, doctor: DoctorProfile, field: str, value: str) -> None:
    response = signed_in.post(reverse("doctors:edit_profile"), answers(doctor, **{field: value}))

    assert "or nothing." in response.content.decode()
    assert getattr(DoctorProfile.objects.get(pk=doctor.pk), field) is None


def test_patients_read_the_terms_on_the_doctors_page(client: Client, doctor: DoctorProfile) -> None:
    doctor.min_notice, doctor.booking_window, doctor.cancel_cutoff = timedelta(hours=3), timedelta(days=30), None
    doctor.save()
    make_slot(doctor, days=2)

    page = unescape(client.get(reverse("doctors:profile", args=[doctor.slug])).content.decode())

    assert "You can book up to 30 days ahead, and no later than 3 hours before the visit." in page
    assert "You can cancel or move online until 2 hours before. After that, please phone" in page
