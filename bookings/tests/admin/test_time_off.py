"""A doctor's time off, entered by staff in the admin (B6, H1): seen first, decided for each appointment, then saved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from bookings.choices import Conflict, HoldState, Status
from bookings.models import Booking, Hold
from bookings.tests.conftest import NOW
from bookings.tests.people import confirmed, slot_in
from doctors.models import DoctorProfile, Slot, TimeOff
from doctors.tests.factories import make_doctor
from integrations.models import OutgoingMessage
from patients.tests.factories import make_patient

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]

ADD = "/admin/doctors/timeoff/add/"
LIST = "/admin/doctors/timeoff/"
NOON = datetime(2026, 8, 5, 11, 0, tzinfo=UTC)  # 12:00 at the hospital
MIDNIGHT = datetime(2026, 8, 5, 23, 0, tzinfo=UTC)


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_doctor(full_name="Ana Álvarez")


@pytest.fixture
def desk() -> Client:
    return desk_of(StaffRole.RECEPTION)


def desk_of(kind: StaffRole) -> Client:
    client = Client()
    client.force_login(make_staff(kind))
    return client


def days(doctor: DoctorProfile, **more: Any) -> dict[str, Any]:
    """The fifth of August, whole, unless said."""
    return {"doctor": doctor.pk, "first_day": "2026-08-05", "last_day": "2026-08-05", "note": "ill", **more}


def choice(booking: Booking, what: str) -> dict[str, str]:
    return {f"choice_{booking.reference}": what}


def text(response: Any) -> str:
    return str(response.content.decode())


def fresh(booking: Booking) -> Booking:
    return Booking.objects.get(pk=booking.pk)


def test_this_afternoon_is_one_press_and_shows_what_it_hits(desk: Client, doctor: DoctorProfile) -> None:
    morning = confirmed(slot=slot_in(doctor, hours=2))
    afternoon = confirmed(slot=slot_in(doctor, hours=5), patient=make_patient(full_name="Pia Later"))
    slot_in(doctor, hours=6)

    page = desk.post(ADD, {"doctor": doctor.pk, "quick": "afternoon", "first_day": "", "note": ""})

    assert "Time off: Dr Ana Álvarez, Wednesday 5 August 2026, 12:00pm to the end of the day" in text(page)
    assert [field.name for field in page.context["decisions"]] == [f"choice_{afternoon.reference}"]
    assert "1 free time will be removed from the doctor’s diary" in text(page)
    assert "the doctor will see this patient" in text(page)
    assert "phone 020 7946 0002" in text(page)
    assert not TimeOff.objects.exists()
    assert fresh(morning).status == Status.CONFIRMED


@pytest.mark.parametrize(
    ("quick", "begins"),
    [("afternoon", NOON), ("today", MIDNIGHT - timedelta(days=1)), ("tomorrow", MIDNIGHT)],
)
def test_the_quick_choices_are_saved_as_the_days_they_say(
    desk: Client, doctor: DoctorProfile, quick: str, begins: datetime
) -> None:
    page = desk.post(ADD, {"doctor": doctor.pk, "quick": quick})
    hidden = {field.name: field.value() or "" for field in page.context["dates"]}

    assert desk.post(ADD, {**hidden, "save": "yes"}).status_code == 302

    row = TimeOff.objects.get()
    ends = MIDNIGHT + timedelta(days=quick == "tomorrow")
    assert (row.doctor, row.starts_at, row.ends_at) == (doctor, begins, ends)


def test_each_appointment_is_kept_cancelled_or_offered_other_times(desk: Client, doctor: DoctorProfile) -> None:
    kept, gone, moved = (confirmed(slot=slot_in(doctor, hours=hour)) for hour in (2, 3, 4))
    others = [slot_in(doctor, days=2, hours=hour) for hour in range(9)]
    OutgoingMessage.objects.all().delete()
    decided = choice(kept, "keep") | choice(gone, "cancel") | choice(moved, "offer")

    answer = desk.post(ADD, {**days(doctor), **decided, "reason": "The doctor is ill.", "save": "yes"}, follow=True)

    told = " ".join(str(message) for message in answer.context["messages"])
    assert told == (
        "The time off of Dr Ana Álvarez has been saved. Appointments: 1 kept, 1 cancelled, 1 offered other times."
    )
    assert [fresh(visit).conflict for visit in (kept, moved)] == [Conflict.TIME_OFF] * 2
    assert (fresh(gone).status, fresh(gone).cancellation_reason) == (Status.CANCELLED, "The doctor is ill.")
    assert fresh(gone).cancelled_by.staff_roles == {StaffRole.RECEPTION}
    held = Hold.objects.filter(state=HoldState.OPEN, booking=moved)
    assert [hold.slot for hold in held.order_by("slot__starts_at")] == others[:3]
    assert OutgoingMessage.objects.count() >= 2
    assert TimeOff.objects.get().note == "ill"


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({}, "Choose what to do with the appointment of"),
        ({"what": "cancel"}, "Write a reason: the patient will read it."),
        ({"what": "explode"}, "Choose again what to do with the appointment of"),
    ],
)
def test_nothing_is_saved_before_all_is_decided(
    desk: Client, doctor: DoctorProfile, answers: dict[str, str], sentence: str
) -> None:
    booking = confirmed(slot=slot_in(doctor, hours=3))
    decided = choice(booking, answers["what"]) if answers else {}

    page = desk.post(ADD, {**days(doctor), **decided, "save": "yes"})

    assert sentence in text(page)
    assert page.content.decode().count("<title>Error: ") == 1
    assert not TimeOff.objects.exists()
    assert fresh(booking).status == Status.CONFIRMED


def test_an_appointment_booked_meanwhile_is_shown_before_anything_is_saved(desk: Client, doctor: DoctorProfile) -> None:
    desk.post(ADD, days(doctor))
    late = confirmed(slot=slot_in(doctor, hours=3))

    page = desk.post(ADD, {**days(doctor), "save": "yes"})

    assert [field.name for field in page.context["decisions"]] == [f"choice_{late.reference}"]
    assert not TimeOff.objects.exists()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"doctor": ""}, "doctor"),
        ({"doctor": "garbage"}, "doctor"),
        ({"first_day": "2026-08-01", "last_day": "2026-08-02"}, "last_day"),
        ({"first_day": ""}, "first_day"),
        ({"end": "25:00"}, "end"),
    ],
)
def test_what_can_not_be_is_said_beside_the_answer(
    desk: Client, doctor: DoctorProfile, facts: dict[str, str], field: str
) -> None:
    page = desk.post(ADD, days(doctor) | facts)

    assert set(page.context["form"].errors) == {field}


def test_the_days_can_be_changed_once_they_were_seen(desk: Client, doctor: DoctorProfile) -> None:
    page = desk.post(ADD, days(doctor, start="14:00", change="yes"))

    assert page.context["form"]["start"].value() == "14:00"
    assert str(doctor.pk) in str(page.context["form"]["doctor"])
    assert "Ana Álvarez" in text(page)


def test_the_doctors_own_page_leads_there_with_the_doctor_chosen(desk: Client, doctor: DoctorProfile) -> None:
    link = f"{ADD}?doctor={doctor.pk}"

    assert f'href="{link}"' in text(desk.get(f"/admin/doctors/doctorprofile/{doctor.pk}/change/"))
    assert f'<option value="{doctor.pk}" selected>Dr Ana Álvarez</option>' in text(desk.get(link))
    assert desk.get(f"{ADD}?doctor=garbage").status_code == 200


def test_a_manager_decides_without_seeing_how_to_reach_anybody(doctor: DoctorProfile) -> None:
    confirmed(slot=slot_in(doctor, hours=3))

    page = text(desk_of(StaffRole.MANAGER).post(ADD, days(doctor)))

    assert "Choose what to do with it" in page
    assert "020 7946 0002" not in page


def test_time_off_removed_puts_the_weekly_hours_back(desk: Client, doctor: DoctorProfile) -> None:
    today = (NOW + timedelta(days=1)).date()
    doctor.weekly_hours.create(
        weekday=today.weekday(), starts="09:00", ends="10:00", slot_minutes=30, valid_from=NOW.date()
    )
    desk.post(ADD, days(doctor, first_day=today.isoformat(), last_day=today.isoformat(), save="yes"))
    row = TimeOff.objects.get()
    assert not Slot.objects.filter(starts_at__date=today).exists()

    assert desk.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 302

    assert not TimeOff.objects.exists()
    assert Slot.objects.filter(starts_at__date=today).count() == 2


def test_what_was_entered_can_not_be_typed_over(desk: Client, doctor: DoctorProfile) -> None:
    desk.post(ADD, days(doctor, save="yes"))
    row = TimeOff.objects.get()

    page = desk.get(f"{LIST}{row.pk}/change/")

    assert (page.status_code, page.context["has_change_permission"]) == (200, False)
    assert desk.post(f"{LIST}{row.pk}/change/", days(doctor, note="else")).status_code == 403
    assert "Wednesday 5 August 2026" in text(desk.get(LIST))
