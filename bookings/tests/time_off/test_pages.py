"""The pages of time off: look, decide, save; and the flag that calls for attention (B6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.factories import StaffFactory
from bookings.choices import Conflict, Status
from bookings.models import Booking
from bookings.rules import AppointmentsChanged
from bookings.services.cancel import cancel
from bookings.tests.conftest import NOW
from bookings.tests.people import booked, browser_of, shown, slot_in, text_of
from bookings.time_off import services as time_off
from bookings.time_off.rules import TimeOffDecision
from core.errors import Busy
from doctors.models import Closure, DoctorProfile, Slot, TimeOff
from doctors.tests.factories import make_doctor

pytestmark = pytest.mark.django_db(transaction=True)
DAY = {"first_day": "2026-08-12", "last_day": "2026-08-12"}  # a Wednesday, a week from NOW
WEDNESDAY = timedelta(days=7)


@pytest.fixture
def desk(doctor: DoctorProfile) -> Client:
    return browser_of(doctor.user)


def hit(doctor: DoctorProfile, hours: int = 1) -> Booking:
    return booked(slot=slot_in(doctor, days=7, hours=hours))


def post(desk: Client, /, **facts: str) -> Any:
    return desk.post(reverse("bookings:time_off_new"), DAY | facts)


def choice(booking: Booking, made: TimeOffDecision) -> dict[str, str]:
    return {f"choice_{booking.reference}": made.value}


def test_the_list_says_what_is_ahead(desk: Client, doctor: DoctorProfile) -> None:
    assert "No upcoming time off" in text_of(desk.get(reverse("bookings:time_off")))
    post(desk, note="Course", save="yes")
    post(desk, start="09:00", end="12:30", first_day="2026-08-14", last_day="2026-08-14", save="yes")
    Closure.objects.create(
        name="Fair", starts_at=NOW, ends_at=NOW + timedelta(days=2), created_by=StaffFactory(), created_at=NOW
    )

    page = text_of(desk.get(reverse("bookings:time_off")))

    assert 'Wednesday 12 August 2026</strong><br><span class="soft">Course' in page
    assert "Friday 14 August 2026, 9:00am to 12:30pm" in page
    assert "Wednesday 5 August 2026, 9:00am to Friday 7 August 2026, 9:00am" in page
    assert "Hospital closed: Fair" in page
    assert "Course" not in text_of(browser_of(make_doctor().user).get(reverse("bookings:time_off")))


def test_looking_names_everybody_and_saves_nothing(desk: Client, doctor: DoctorProfile) -> None:
    booking = hit(doctor)
    free = slot_in(doctor, days=8)

    page = text_of(post(desk))

    assert "1 appointment is affected." in page
    assert shown(booking.patient.full_name) in page
    assert "Offer other times, held for up to 48 hours: Thu 13 Aug, 9:00am" in page
    assert Slot.objects.filter(pk=free.pk).exists()
    assert not TimeOff.objects.exists()


def test_each_appointment_needs_a_decision_and_cancelling_a_reason(desk: Client, doctor: DoctorProfile) -> None:
    booking = hit(doctor)

    assert shown(f"Choose what to do with the appointment of {booking.patient.full_name}.") in text_of(
        post(desk, save="yes")
    )
    assert "Write a reason" in text_of(post(desk, save="yes", **choice(booking, TimeOffDecision.CANCEL)))
    assert "Choose again what to do with" in text_of(post(desk, save="yes", **choice(booking, TimeOffDecision.OFFER)))
    assert not TimeOff.objects.exists()


def test_saving_does_what_was_decided(desk: Client, doctor: DoctorProfile) -> None:
    kept, gone = hit(doctor, 1), hit(doctor, 2)

    response = post(
        desk, save="yes", reason="Ill", **choice(kept, TimeOffDecision.KEEP), **choice(gone, TimeOffDecision.CANCEL)
    )

    assert response.url == reverse("bookings:time_off")
    assert "Your time off has been saved. Appointments: 1 kept, 1 cancelled." in text_of(desk.get(response.url))
    assert [Booking.objects.get(pk=visit.pk).status for visit in (kept, gone)] == [Status.PENDING, Status.CANCELLED]


def test_who_booked_since_the_look_is_shown_and_nothing_is_saved(desk: Client, doctor: DoctorProfile) -> None:
    known = hit(doctor, 1)
    post(desk)
    new = hit(doctor, 2)

    page = text_of(post(desk, save="yes", **choice(known, TimeOffDecision.KEEP)))

    # Everybody here has the same name.
    assert shown(f"Choose what to do with the appointment of {new.patient.full_name}, born ") in page
    assert "2 appointments are affected." in page
    assert not TimeOff.objects.exists()


@pytest.mark.parametrize(("error", "status"), [(AppointmentsChanged, 409), (time_off.NoSlotsToOffer, 409), (Busy, 503)])
def test_a_refusal_at_the_last_moment_shows_everything_again(
    desk: Client, doctor: DoctorProfile, monkeypatch: pytest.MonkeyPatch, error: type[Exception], status: int
) -> None:
    booking = hit(doctor)

    def refuse(**_: object) -> None:
        raise error

    monkeypatch.setattr(time_off, "take_time_off", refuse)

    response = post(desk, save="yes", **choice(booking, TimeOffDecision.KEEP))

    assert response.status_code == status
    assert shown(error.message) in text_of(response)  # type: ignore[attr-defined]
    assert 'value="keep"' in text_of(response)
    assert "checked" in text_of(response)


def test_the_dates_can_be_changed_after_looking(desk: Client) -> None:
    page = text_of(post(desk, change="yes", note="Course"))

    assert 'value="2026-08-12"' in page
    assert 'value="Course"' in page
    assert "Check which appointments are affected" in page


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"first_day": ""}, "Enter a date."),
        ({"last_day": "2026-08-11"}, "The last day must not be before the first."),
        ({"start": "12:00", "end": "12:00"}, "The end must differ from the start."),
        ({"first_day": "2026-08-01", "last_day": "2026-08-04"}, "This has already passed."),
        ({"first_day": "2029-08-01", "last_day": "2029-08-04"}, "Choose a day within the next two years."),
        ({"last_day": "2027-08-15"}, "Time off can be at most a year long."),
        ({"first_day": "9999-12-31", "last_day": "9999-12-31"}, "Choose a day within the next two years."),
        ({"start": "9 o’clock"}, "Enter a time, like 9:00."),
        ({"note": "x" * 121}, "at most 120"),
        ({"note": "one\ntwo"}, "Write this on one line."),
    ],
)
def test_what_can_not_be_is_said_beside_the_answer(desk: Client, facts: dict[str, str], sentence: str) -> None:
    assert sentence in text_of(post(desk, save="yes", **facts))
    assert not TimeOff.objects.exists()


def test_hostile_text_comes_back_as_text(desk: Client, doctor: DoctorProfile) -> None:
    booking = hit(doctor)
    nasty = "'\"><script>alert(1)</script>"

    for facts in ({"note": nasty}, {"first_day": nasty}, {"save": "yes", f"choice_{booking.reference}": nasty}):
        response = post(desk, **facts)
        assert response.status_code == 200
        assert "<script>alert(1)" not in text_of(response)


def test_removing_asks_first_and_answers_for_ones_own_only(desk: Client, doctor: DoctorProfile) -> None:
    post(desk, save="yes")
    address = reverse("bookings:time_off_remove", args=[TimeOff.objects.get().pk])

    assert browser_of(make_doctor().user).post(address).status_code == 404
    assert "Remove this time off?" in text_of(desk.get(address))
    assert TimeOff.objects.exists()
    assert desk.post(address).url == reverse("bookings:time_off")
    assert not TimeOff.objects.exists()
    assert desk.get(reverse("bookings:time_off_remove", args=[10**30])).status_code == 404


def test_the_pages_cost_the_same_with_one_and_with_ten(desk: Client, doctor: DoctorProfile) -> None:
    counts: dict[str, list[int]] = {"list": [], "preview": []}
    for number in range(10):
        booked(slot=slot_in(doctor, days=7, hours=number + 1))
        slot_in(doctor, days=9 + number)
        TimeOff.objects.create(
            doctor=doctor,
            starts_at=NOW + timedelta(days=100 + number),
            ends_at=NOW + timedelta(days=101 + number),
            note="Course",
            created_by=doctor.user,
            created_at=NOW,
        )
        for name, look in (("list", lambda: desk.get(reverse("bookings:time_off"))), ("preview", lambda: post(desk))):
            with CaptureQueriesContext(connection) as captured:
                page = look()
            assert page.status_code == 200
            assert text_of(page).count("Course" if name == "list" else "Pat Patient") > number
            counts[name].append(len(captured))

    assert counts["list"][0] == counts["list"][-1] <= 4
    assert counts["preview"][0] == counts["preview"][-1] <= 8


# What calls for attention


def test_the_flag_is_for_the_hospital_and_goes_when_somebody_has_looked(desk: Client, doctor: DoctorProfile) -> None:
    booking = hit(doctor)
    post(desk, save="yes", **choice(booking, TimeOffDecision.KEEP))
    pages = [reverse("bookings:doctor_list"), reverse("bookings:detail", args=[booking.reference])]
    for page in pages:
        assert shown(Conflict.TIME_OFF.label) in text_of(desk.get(page))
        assert "Leave it as it is" in text_of(desk.get(page))
    assert shown(Conflict.TIME_OFF.label) not in text_of(browser_of(booking.patient.user).get(pages[1]))

    resolve = reverse("bookings:resolve", args=[booking.reference])
    assert browser_of(booking.patient.user).post(resolve).status_code == 403
    assert browser_of(make_doctor().user).post(resolve).status_code == 404
    assert desk.post(resolve, {"next": pages[0]}).url == pages[0]

    for page in pages:
        assert shown(Conflict.TIME_OFF.label) not in text_of(desk.get(page))


# Closures, in the admin


def closure(name: str = "Fair", **facts: str) -> dict[str, str]:
    typed = {"starts_at_0": "2026-08-12", "starts_at_1": "00:00", "ends_at_0": "2026-08-13", "ends_at_1": "00:00"}
    return {"name": name, "seen": "", **typed, **facts}


def test_staff_see_what_a_closure_hits_before_it_is_saved(doctor: DoctorProfile) -> None:
    booking, staff = hit(doctor), browser_of(StaffFactory())
    address = reverse("admin:doctors_closure_add")

    first = staff.post(address, closure())
    assert "1 appointment is affected: " in text_of(first)
    assert shown(booking.patient.full_name) in text_of(first)
    assert not Closure.objects.exists()

    hit(doctor, 3)
    assert "2 appointments are affected" in text_of(staff.post(address, closure(seen="1")))
    assert staff.post(address, closure(seen="2")).status_code == 302
    assert Closure.objects.get().created_at == NOW
    assert Booking.objects.exclude(conflict="").count() == 2
    listed = staff.get(reverse("admin:bookings_booking_changelist"), {"attention": "yes"})
    assert booking.reference in text_of(listed)


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"ends_at_0": "2026-08-11"}, "The end must be after the start."),
        ({"starts_at_0": "2026-08-01", "ends_at_0": "2026-08-02"}, "This has already passed."),
        ({"starts_at_0": "soon"}, "Enter a valid date"),
    ],
)
def test_a_closure_that_can_not_be_is_refused(facts: dict[str, str], sentence: str) -> None:
    response = browser_of(StaffFactory()).post(reverse("admin:doctors_closure_add"), closure(**facts))

    assert sentence in text_of(response)
    assert not Closure.objects.exists()


def test_a_closure_is_removed_and_its_flags_with_it(doctor: DoctorProfile) -> None:
    booking, staff = hit(doctor), browser_of(StaffFactory())
    staff.post(reverse("admin:doctors_closure_add"), closure(seen="1"))
    made = Closure.objects.get()

    assert staff.post(reverse("admin:doctors_closure_change", args=[made.pk]), closure("Other")).status_code == 403
    staff.post(reverse("admin:doctors_closure_delete", args=[made.pk]), {"post": "yes"})

    assert not Closure.objects.exists()
    assert Booking.objects.get(pk=booking.pk).conflict == ""


# Terms


@pytest.mark.parametrize(
    ("terms", "heading", "sentence"),
    [
        (
            {"min_notice": timedelta(days=2)},
            "This time is too soon to book online",
            "can be booked until 2 days before",
        ),
        (
            {"booking_window": timedelta(hours=12)},
            "This time can’t be booked yet",
            "can be booked 12 hours ahead: this time from Wednesday 5 August 2026 on.",
        ),
    ],
)
def test_a_time_outside_the_terms_is_explained(
    doctor: DoctorProfile,
    browser: Client,
    terms: dict[str, timedelta],
    heading: str,
    sentence: str,
) -> None:
    for name, value in terms.items():
        setattr(doctor, name, value)
    doctor.save()
    slot = slot_in(doctor, days=1)

    response = browser.get(f"{reverse('bookings:new')}?slot={slot.pk}")

    assert response.status_code == 409
    assert heading in text_of(response)
    assert sentence in text_of(response)


def test_a_patient_who_cancels_a_kept_one_leaves_no_free_time_behind(desk: Client, doctor: DoctorProfile) -> None:
    booking = hit(doctor)
    post(desk, save="yes", **choice(booking, TimeOffDecision.KEEP))

    cancel(booking=booking, by=booking.patient.user, now=NOW)

    assert not Slot.objects.exists()
