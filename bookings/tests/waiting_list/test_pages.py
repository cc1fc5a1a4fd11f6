"""The pages of the waiting list (C9): nothing changes but by POST."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings.choices import HoldState, WaitingState
from bookings.models import Booking, Hold, WaitingEntry
from bookings.services.cancel import cancel
from bookings.tests.conftest import NOW
from bookings.tests.factories import make_held, make_waiting
from bookings.tests.people import booked, browser_of, hidden, slot_in, text_of
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db(transaction=True)
WISH: dict[str, Any] = {
    "first_day": "2026-08-06",
    "last_day": "2026-08-31",
    "weekdays": ["0", "2"],
    "earliest": "09:00",
    "latest": "12:00",
}


def join_address(doctor: DoctorProfile) -> str:
    return reverse("bookings:waiting_join", args=[doctor.slug])


def held(**facts: Any) -> Hold:
    return make_held(make_patient(), slot_in(days=3), now=NOW, **facts)


def offer_address(one: Hold, name: str = "waiting_offer") -> str:
    return reverse(f"bookings:{name}", args=[one.pk])


def test_joining_from_the_doctors_page() -> None:
    doctor, patient = make_doctor(), make_patient()
    browser = browser_of(patient.user)
    assert join_address(doctor) in text_of(browser.get(f"/doctors/{doctor.slug}/"))

    answer = browser.post(join_address(doctor), WISH, follow=True)

    entry = WaitingEntry.objects.get()
    assert (entry.patient, entry.doctor, entry.weekdays) == (patient, doctor, [0, 2])
    page = text_of(answer)
    assert "You’re on the waiting list of Dr Ana Álvarez." in page
    assert "Thursday 6 August 2026 to Monday 31 August 2026, Monday and Wednesday" in page
    assert "not before 9:00am, starting by 12:00pm" in page


def test_as_filled_in_already_it_can_be_sent_at_once() -> None:
    doctor, patient = make_doctor(), make_patient()
    browser = browser_of(patient.user)
    form = browser.get(join_address(doctor)).context["form"]
    sent = {name: form[name].value() for name in form.fields}
    browser.post(join_address(doctor), {name: value for name, value in sent.items() if value})

    entry = WaitingEntry.objects.get()
    assert str(entry.first_day) == "2026-08-05"
    assert entry.weekdays == [0, 1, 2, 3, 4, 5, 6]
    assert (f"{entry.earliest:%H:%M}", f"{entry.latest:%H:%M}") == ("00:00", "23:59")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"weekdays": []}, "Choose at least one day of the week."),
        ({"weekdays": ["9"]}, "Choose days of the week from the list."),
        ({"last_day": "2026-08-01"}, "Choose a day from today on, within a year."),
        ({"last_day": "2029-08-01"}, "Choose a day from today on, within a year."),
        ({"first_day": "2026-08-20", "last_day": "2026-08-10"}, "The last day can’t be before the first."),
        ({"first_day": "soon"}, "Enter a date, for example 2026-08-06."),
        ({"first_day": ""}, "Enter a date, for example 2026-08-06."),
        ({"earliest": "25:00"}, "Choose an hour from the list."),
        ({"latest": "<script>"}, "Choose an hour from the list."),
    ],
)
def test_wishes_that_make_no_sense_get_a_sentence(change: dict[str, Any], sentence: str) -> None:
    answer = browser_of(make_patient().user).post(join_address(make_doctor()), {**WISH, **change})
    assert sentence in text_of(answer)
    assert not WaitingEntry.objects.exists()


def test_a_second_entry_with_the_same_doctor_is_refused_kindly() -> None:
    doctor, patient = make_doctor(), make_patient()
    make_waiting(patient=patient, doctor=doctor, now=NOW)
    answer = browser_of(patient.user).post(join_address(doctor), WISH)
    assert answer.status_code == 409
    assert "You’re already on this doctor’s waiting list." in text_of(answer)


def test_a_guardian_waits_for_a_person_in_their_care_and_for_nobody_elses() -> None:
    doctor, guardian = make_doctor(), make_patient()
    child, strange = make_person(guardian), make_person(make_patient())
    browser = browser_of(guardian.user)

    assert browser.post(join_address(doctor), {**WISH, "person": str(strange.pk)}).status_code == 404
    assert browser.post(join_address(doctor), {**WISH, "person": "x"}).status_code == 200
    browser.post(join_address(doctor), {**WISH, "person": str(child.pk)})
    assert [entry.patient for entry in WaitingEntry.objects.all()] == [child]


def test_a_guardian_says_who_waits_and_nobody_is_taken_for_granted() -> None:
    doctor, guardian = make_doctor(), make_patient()
    child = make_person(guardian, relationship="my son")
    browser = browser_of(guardian.user)

    page = text_of(browser.get(join_address(doctor))).partition("On these days")[0]
    assert f"{child.full_name}, my son" in page
    assert page.count('type="radio"') == 2
    assert "checked" not in page
    answer = browser.post(join_address(doctor), {**WISH, "earliest": "09:00"})
    assert not WaitingEntry.objects.exists()
    assert text_of(answer).count("Choose who this is for.") == 2
    assert answer.context["form"]["earliest"].value() == "09:00"


def test_adding_a_person_on_the_way_keeps_the_wish_and_chooses_them() -> None:
    doctor, guardian = make_doctor(), make_patient()
    browser = browser_of(guardian.user)
    wish = {**WISH, "weekdays": ["0", "3"], "earliest": "09:00"}
    away = browser.post(join_address(doctor), {**wish, "add_person": "1"})
    form = browser.get(away["Location"])
    born = {"date_of_birth_0": "4", "date_of_birth_1": "6", "date_of_birth_2": "2015"}
    back = browser.post(
        reverse("patients:person_new"),
        {"full_name": "Oliver", **born, "next": hidden(form, "next").replace("&amp;", "&")},
    )
    fields = browser.get(back["Location"]).context["form"]
    child = PatientProfile.objects.get(guardian=guardian.user)
    said = {name: fields[name].value() for name in ("person", "weekdays", "earliest")}
    assert said == {"person": str(child.pk), "weekdays": ["0", "3"], "earliest": "09:00"}
    assert not WaitingEntry.objects.exists()


def test_free_times_that_fit_come_first_and_are_seen_once_before_anybody_waits() -> None:
    doctor, patient = make_doctor(), make_patient()
    fits = [slot_in(doctor, days=days, hours=1) for days in (5, 7)]  # Monday and Wednesday, 10:00am
    for ahead in ({"days": 6}, {"days": 5, "hours": 6}, {"days": 40}):  # another weekday, too late, after the last day
        slot_in(doctor, **ahead)
    browser = browser_of(patient.user)

    asked = browser.post(join_address(doctor), WISH)
    assert not WaitingEntry.objects.exists()
    page = text_of(asked)
    assert "2 times fit. Book one now." in page
    assert [time.url for time in asked.context["page"].times] == [f"/bookings/new/?slot={slot.pk}" for slot in fits]
    assert page.index("2 times fit") < page.index("On these days")
    assert browser.get(fits_url := asked.context["page"].times[0].url).status_code == 200, fits_url
    browser.post(join_address(doctor), {**WISH, "anyway": hidden(asked, "anyway")})
    assert WaitingEntry.objects.get().patient == patient


def test_without_times_that_fit_nothing_stands_in_the_way() -> None:
    doctor, patient = make_doctor(), make_patient()
    slot_in(doctor, days=6)
    page = text_of(browser_of(patient.user).get(join_address(doctor), {**WISH, "weekdays": ["0"]}))
    assert "fit" not in page.partition("<main")[2].partition("<form")[0]
    browser_of(patient.user).post(join_address(doctor), {**WISH, "weekdays": ["0"]})
    assert WaitingEntry.objects.count() == 1


def test_earlier_is_said_only_to_who_has_an_appointment_and_then_of_it() -> None:
    doctor, patient = make_doctor(), make_patient()
    browser = browser_of(patient.user)
    page = text_of(browser.get(join_address(doctor))).partition("<main")[2].partition("</main>")[0]
    assert "earlier" not in page
    assert "When a time with Dr Ana Álvarez that suits you comes free" in page

    own = booked(slot=slot_in(doctor, days=9), patient=patient)
    before, _after = slot_in(doctor, days=8), slot_in(doctor, days=10)
    answer = browser.get(join_address(doctor))
    assert "earlier than the appointment on Friday 14 August 2026 at 9:00am" in text_of(answer)
    move = f"/bookings/{own.reference}/move/?slot={before.pk}"
    assert [time.url for time in answer.context["page"].times] == [move]
    assert browser.get(move).status_code == 200


@pytest.mark.parametrize("has_one", [True, False])
def test_the_mail_says_earlier_only_to_who_has_an_appointment(has_one: bool) -> None:
    doctor, patient = make_doctor(), make_patient()
    taken = booked(slot=slot_in(doctor, days=3))
    make_waiting(patient=patient, doctor=doctor, now=NOW)
    own = booked(slot=slot_in(doctor, days=9), patient=patient) if has_one else None
    cancel(booking=taken, by=taken.patient.user, now=NOW)
    told = OutgoingMessage.objects.get(action="WAITLIST_OFFER").data
    said = told.get("earlier_than")
    assert (datetime.fromisoformat(said) if said else None) == (own.starts_at if own else None)


def test_leaving_asks_first() -> None:
    patient = make_patient()
    entry = make_waiting(patient=patient, doctor=make_doctor(), now=NOW)
    browser = browser_of(patient.user)
    address = reverse("bookings:waiting_leave", args=[entry.pk])

    assert "Leave this waiting list?" in text_of(browser.get(address))
    entry.refresh_from_db()
    assert entry.state == WaitingState.WAITING
    for _ in range(2):
        assert browser.post(address)["Location"] == "/waiting/"
    entry.refresh_from_db()
    assert entry.state == WaitingState.LEFT


def test_a_held_time_is_on_the_list_and_taken_by_one_button() -> None:
    one = held()
    browser = browser_of(one.patient.user)
    assert f'href="{offer_address(one)}"' in text_of(browser.get("/waiting/"))
    assert f'href="{offer_address(one)}"' in text_of(browser.get("/patient/"))
    page = text_of(browser.get(offer_address(one)))
    assert "until 10:00am on Wednesday 5 August 2026" in page
    assert not Booking.objects.exists()

    places = {browser.post(offer_address(one))["Location"] for _ in range(2)}

    booking = Booking.objects.get()
    assert places == {f"/bookings/{booking.reference}/"}
    assert browser.get(offer_address(one))["Location"] == f"/bookings/{booking.reference}/"


def test_instead_of_the_appointment_one_has() -> None:
    one = held()
    later = booked(slot=slot_in(one.slot.doctor, days=9), patient=one.patient)
    browser = browser_of(one.patient.user)
    assert "Instead of my appointment on Friday 14 August 2026 at 9:00am" in text_of(browser.get(offer_address(one)))

    browser.post(offer_address(one), {"instead": later.reference})

    assert Booking.objects.get(moved_from=later).slot_id == one.slot_id


def test_only_ones_own_appointment_can_be_given_up() -> None:
    one = held()
    booked(slot=slot_in(one.slot.doctor, days=9), patient=one.patient)
    strange = booked(slot=slot_in(one.slot.doctor, days=10))
    answer = browser_of(one.patient.user).post(offer_address(one), {"instead": strange.reference})
    assert answer.status_code == 200
    assert not Booking.objects.filter(moved_from=strange).exists()


def test_declining_asks_first_and_keeps_the_place() -> None:
    one = held()
    browser = browser_of(one.patient.user)
    address = offer_address(one, "waiting_decline")
    browser.get(address)
    one.refresh_from_db()
    assert one.state == HoldState.OPEN

    answer = browser.post(address, follow=True)
    assert "You’re still on the waiting list" in text_of(answer)
    one.refresh_from_db()
    assert one.state == HoldState.DECLINED
    assert "You declined this time" in text_of(browser.get(address))


@pytest.mark.parametrize("name", ["waiting_offer", "waiting_decline"])
def test_an_offer_that_has_run_out_is_said_kindly(name: str, set_clock: Callable[[datetime], None]) -> None:
    one = held()
    set_clock(NOW + timedelta(hours=1))
    browser = browser_of(one.patient.user)
    answers = [browser.get(offer_address(one, name)), browser.post(offer_address(one, name))]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert all("This offer has expired" in text_of(answer) for answer in answers)
    assert not Booking.objects.exists()


def test_others_know_nothing_of_it() -> None:
    one = held()
    stranger = browser_of(make_patient().user)
    leave = reverse("bookings:waiting_leave", args=[one.entry_id])
    paths = [offer_address(one), offer_address(one, "waiting_decline"), leave]
    assert {stranger.post(path).status_code for path in paths} == {404}
    assert "Dr Ana" not in text_of(stranger.get("/waiting/"))


def test_the_doctor_sees_how_many_wait_and_what_is_held() -> None:
    one = held()
    browser = browser_of(one.slot.doctor.user)
    home = text_of(browser.get("/doctor/"))
    assert "On your waiting list" in home
    assert browser.get("/doctor/").context["page"].figures[-1] == ("On your waiting list", 1)
    assert "Held" in text_of(browser.get("/doctor/availability/?week=2026-08-03"))


def test_a_held_time_is_not_in_the_doctors_figure_of_free_ones() -> None:
    one = held()
    figures = dict(browser_of(one.slot.doctor.user).get("/doctor/").context["page"].figures)
    assert figures["Free this week"] == 0


def test_the_list_costs_the_same_with_one_wish_and_with_ten() -> None:
    patient = make_patient()
    browser = browser_of(patient.user)

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            page = browser.get("/waiting/").content.decode()
        assert [name for name in waited_for if name not in page] == []
        return len(queries)

    waited_for = [make_held(patient, slot_in(days=3), now=NOW).slot.doctor.display_name]
    one = statements()
    more = [make_held(patient, slot_in(days=4 + n), now=NOW) for n in range(10)]
    waited_for += [held.slot.doctor.display_name for held in more]
    assert statements() == one <= 4
