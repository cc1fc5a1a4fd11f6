"""The pages on which a doctor leaves and a patient's account is closed (H3)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import PASSWORD, make_staff
from bookings.choices import Status
from bookings.models import Booking, Departure, Hold
from bookings.tests.factories import make_booking
from bookings.tests.people import text_of
from core import clock
from doctors.models import DoctorProfile, Slot
from doctors.tests.factories import make_doctor, make_slot
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = {"when": "now", "last_day": ""}


@pytest.fixture
def manager() -> Client:
    client = Client()
    client.force_login(make_staff(StaffRole.MANAGER))
    return client


def signed_in(user: User) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    return client


def page_of(doctor: DoctorProfile) -> str:
    return f"/staff/people/doctors/{doctor.pk}/leaving/"


def status_of(booking: Booking) -> str:
    return Booking.objects.values_list("status", flat=True).get(pk=booking.pk)


def test_what_it_meets_is_shown_before_anything_is_saved(manager: Client, doctor: DoctorProfile) -> None:
    booking = make_booking(slot=make_slot(doctor, days=2), patient=make_patient(full_name="Ada Byron"))
    make_slot(doctor, days=3)

    answer = manager.post(page_of(doctor), AT_ONCE)

    text = text_of(answer)
    assert "1 appointment from now on, to decide about below." in text
    assert "1 free time from now on will be removed from the diary." in text
    assert "Ada Byron" in text
    assert answer.context["seen"] == booking.reference
    assert status_of(booking) == Status.PENDING


def test_each_appointment_is_decided_and_all_is_saved(manager: Client, doctor: DoctorProfile) -> None:
    colleague = make_doctor(full_name="Col League", department=doctor.department)
    make_slot(colleague, days=4)
    one, two = (make_booking(slot=make_slot(doctor, days=days)) for days in (2, 3))
    preview = manager.post(page_of(doctor), AT_ONCE)
    assert "with Dr Col League" in text_of(preview)

    decided = {"otherwise": "cancel", "reason": "Dr Gone has left us."}
    decided |= {f"choice_{one.reference}": "colleague", f"choice_{two.reference}": "all"}
    answer = manager.post(
        page_of(doctor), {**AT_ONCE, **decided, "seen": preview.context["seen"], "save": "yes"}, follow=True
    )

    text = text_of(answer)
    assert "Dr Lea Gone has left. Appointments: 1 cancelled, 1 cancelled with a time held with a colleague." in text
    assert {status_of(one), status_of(two)} == {Status.CANCELLED}
    assert Hold.objects.get().patient == one.patient
    assert not User.objects.get(pk=doctor.user_id).is_active


def test_who_booked_meanwhile_is_seen_before_they_are_decided_about(manager: Client, doctor: DoctorProfile) -> None:
    preview = manager.post(page_of(doctor), AT_ONCE)
    late = make_booking(slot=make_slot(doctor, days=2), patient=make_patient(full_name="Just Booked"))

    typed = {"otherwise": "cancel", "reason": "Left", "seen": preview.context["seen"], "save": "yes"}
    typed |= {f"choice_{late.reference}": "all"}
    answer = manager.post(page_of(doctor), {**AT_ONCE, **typed})

    assert answer.status_code == 409
    assert "have changed since you looked" in text_of(answer)
    assert "Just Booked" in text_of(answer)
    assert status_of(late) == Status.PENDING


def test_patients_read_why_or_nothing_is_saved(manager: Client, doctor: DoctorProfile) -> None:
    booking = make_booking(slot=make_slot(doctor, days=2))
    typed = {"otherwise": "cancel", "reason": "", "seen": booking.reference, "save": "yes"}
    typed |= {f"choice_{booking.reference}": "all"}
    answer = manager.post(page_of(doctor), {**AT_ONCE, **typed})
    assert answer.context["form"].errors == {"reason": ["Write a reason: the patients will read it."]}
    assert status_of(booking) == Status.PENDING


@pytest.mark.parametrize(("typed", "field"), [({"when": "day"}, "last_day"), ({}, "when")])
def test_when_is_asked_first(manager: Client, doctor: DoctorProfile, typed: dict[str, str], field: str) -> None:
    answer = manager.post(page_of(doctor), {**typed, "save": "yes"})
    assert field in answer.context["form"].errors
    assert not Departure.objects.exists()


def test_a_last_day_is_said_and_can_be_taken_back(manager: Client, doctor: DoctorProfile) -> None:
    gone = make_slot(doctor, days=20)
    day = clock.hospital_day(clock.now() + timedelta(days=10))

    manager.post(page_of(doctor), {"when": "day", "last_day": day.isoformat(), "seen": "", "save": "yes"})

    assert "Leaves on" in text_of(manager.get(page_of(doctor)))
    assert not Slot.objects.filter(pk=gone.pk).exists()
    back = page_of(doctor).replace("leaving", "back")
    assert "stays?" in text_of(manager.get(back))
    assert manager.post(back).status_code == 302
    assert not Departure.objects.exists()
    assert "When does the doctor leave?" in text_of(manager.get(page_of(doctor)))


def test_the_directory_hides_who_has_left(manager: Client, doctor: DoctorProfile) -> None:
    assert Client().get(f"/doctors/{doctor.slug}/").status_code == 200
    manager.post(page_of(doctor), {**AT_ONCE, "seen": "", "save": "yes"})
    assert Client().get(f"/doctors/{doctor.slug}/").status_code == 404


# A patient's account


@pytest.fixture
def ada() -> PatientProfile:
    return make_patient(full_name="Ada Byron")


def test_staff_close_an_account_with_every_appointment_decided(ada: PatientProfile) -> None:
    boss = signed_in(make_staff(StaffRole.ADMINISTRATOR))
    child = make_person(ada, full_name="Kit Byron")
    booking = make_booking(patient=ada)
    page = f"/staff/people/patients/{ada.pk}/closing/"

    assert "Kit Byron" in text_of(boss.get(page))
    assert "Choose what to do with" in str(boss.post(page, {}).context["form"].errors)
    answer = boss.post(page, {f"choice_{booking.reference}": "cancel", "reason": "Moved away"}, follow=True)

    assert "It’s closed. The records are kept." in text_of(answer)
    assert status_of(booking) == Status.CANCELLED
    assert PatientProfile.objects.filter(pk=child.pk).exists()
    opened = boss.post(page.replace("closing", "opening"), follow=True)
    assert "can sign in again" in text_of(opened)
    assert User.objects.get(pk=ada.user_id).is_active


def test_patients_close_their_own(ada: PatientProfile) -> None:
    booking = make_booking(patient=ada)
    client = signed_in(ada.user)
    assert "Close my account" in text_of(client.get("/accounts/data/"))

    client.post("/patient/close/", {f"choice_{booking.reference}": "cancel", "reason": ""})

    assert status_of(booking) == Status.CANCELLED
    assert client.get("/patient/").status_code == 302
    assert (
        client.post("/accounts/login/", {"login": ada.user.username, "password": PASSWORD}).url == "/accounts/inactive/"
    )


def test_nothing_is_closed_before_every_appointment_is_decided(ada: PatientProfile) -> None:
    make_booking(patient=ada)
    client = signed_in(ada.user)
    assert client.post("/patient/close/", {}).status_code == 200
    assert User.objects.get(pk=ada.user_id).is_active


def test_without_appointments_one_click_is_enough(ada: PatientProfile) -> None:
    client = signed_in(ada.user)
    assert client.post("/patient/close/").status_code == 302
    assert not User.objects.get(pk=ada.user_id).is_active
