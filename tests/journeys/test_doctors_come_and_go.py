"""A doctor is invited, works, and leaves: nobody types another's password, and no patient is left behind (H3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from bookings.models import Booking
from bookings.tests.factories import make_booking
from core.formats import short_date
from doctors.models import DoctorProfile
from doctors.tests.factories import DepartmentFactory, make_doctor, make_slot
from patients.tests.factories import make_patient
from tests.journeys.conftest import Arrives
from tests.journeys.support.hospital import doctor_with_times, slots_of
from tests.journeys.support.post import Post, post_office
from tests.journeys.test_sign_up_and_mail import follows_the_letters_button, opens_letter

NEW_PASSWORD = "quiet-harbour-at-dawn"


@pytest.fixture
def post(tmp_path: Path, settings: Any, live_server: Any) -> Iterator[Post]:
    settings.BASE_URL = live_server.url
    with post_office(tmp_path, settings) as post:
        yield post


def test_a_doctor_is_invited_and_sees_the_diary(arrives: Arrives, now: datetime, post: Post, width: int) -> None:
    DepartmentFactory(name="Heart and vessels")
    boss = arrives(width=width).signs_in_as(make_staff(StaffRole.ADMINISTRATOR))

    # When the administrator adds a doctor, no password is asked
    boss.goes_to("/admin/doctors/doctorprofile/add/")
    assert boss.page.locator("input[type=password]").count() == 0
    boss.fills(full_name="Nadia Newcomer", e_mail="nadia@example.org", specialty="Cardiology")
    boss.fills(qualification="MBBS", licence_number="GMC 1234567", years="7", consultation_fee="120")
    boss.page.locator("select[name=department]").select_option(label="Heart and vessels")
    boss.page.get_by_label("I’ve checked the licence").check()
    boss.page.locator("input[name=_save]").click()
    boss.page.wait_for_load_state("load")

    # Then the doctor gets a letter, whose link leads to a password of their own and to the diary
    post.goes_out()
    nadia = arrives(width=width)
    opens_letter(nadia, "Your account at Riverside Hospital", to="nadia")
    follows_the_letters_button(nadia, "Choose my password").is_on("Welcome, Nadia Newcomer")
    nadia.fills(password=NEW_PASSWORD).presses("Set password and sign in").sees("Your password is set")
    nadia.goes_to("/doctor/availability/").is_on("Availability")
    assert DoctorProfile.objects.get().user.email_verified
    # And what staff checked counts
    arrives(width=width).goes_to("/doctors/").sees("Nadia Newcomer")


def test_a_doctor_leaves_and_each_appointment_is_decided(arrives: Arrives, now: datetime, width: int) -> None:
    doctor = doctor_with_times(now, full_name="Lea Gone")
    colleague = make_doctor(full_name="Col League", department=doctor.department)
    friday = now.replace(hour=14) + timedelta(days=2)
    make_slot(colleague, starts_at=friday)
    one, two, _ = slots_of(doctor)
    offered = make_booking(slot=one, now=now, patient=make_patient(full_name="Oda Offered"))
    gone = make_booking(slot=two, now=now, patient=make_patient(full_name="Cas Cancelled"))
    boss = arrives(width=width).signs_in_as(make_staff(StaffRole.ADMINISTRATOR))

    # When the administrator says that the doctor leaves at once
    boss.goes_to(f"/admin/doctors/doctorprofile/{doctor.pk}/change/").follows("Leaves the hospital")
    boss.page.get_by_label("At once").check()
    boss.presses("Check what’s affected").sees("2 appointments from now on").sees("Oda Offered").sees("Cas Cancelled")
    boss.page.get_by_label("Cancel and tell the patient").first.check()
    boss.page.get_by_label("Oda Offered").select_option(
        label=f"Cancel, and hold {short_date(friday)}, 2:00pm with Dr Col League"
    )
    boss.page.get_by_label("Why are you cancelling it?").fill("Dr Gone has left our hospital.")
    boss.presses("Close the account now").sees("Has left.")

    # Then the one patient has a time with the colleague to take, the other reads why
    oda = arrives(width=width).signs_in_as(offered.patient.user).goes_to("/waiting/").sees("Dr Col League")
    oda.follows("Take or decline it").presses("Take this time").is_on("Request sent")
    assert Booking.objects.filter(patient=offered.patient, doctor=colleague).count() == 1
    cas = arrives(width=width).signs_in_as(gone.patient.user)
    cas.goes_to(f"/bookings/{gone.reference}/").sees("Dr Gone has left our hospital.")
    # And nobody finds the doctor any more
    arrives(width=width).goes_to("/doctors/").sees_no("Lea Gone")
