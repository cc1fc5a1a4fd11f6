"""The pages of moving an appointment, and of times offered in its place (C7, B6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from bookings.choices import HoldState, Status
from bookings.models import Booking, Hold
from bookings.services.move import move
from bookings.tests.conftest import NOW
from bookings.tests.factories import make_offers
from bookings.tests.people import booked, browser_of, confirmed, hidden, slot_in, text_of
from doctors.models import Slot
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)


def address(booking: Booking, slot: Slot | None = None) -> str:
    path = reverse("bookings:move", args=[booking.reference])
    return f"{path}?slot={slot.pk}" if slot else path


def offers_address(booking: Booking) -> str:
    return reverse("bookings:offers", args=[booking.reference])


def test_three_clicks_move_an_appointment() -> None:
    old = booked(days=3)
    slot = slot_in(old.doctor, days=4)
    browser = browser_of(old.patient.user)

    choose = text_of(browser.get(address(old)))
    assert f"{address(old, slot)}" in choose
    check = browser.get(address(old, slot))
    assert "Saturday 8 August 2026" in text_of(check)
    assert "Sunday 9 August 2026" in text_of(check)
    done = browser.post(address(old, slot), {"idempotency_key": hidden(check, "idempotency_key")}, follow=True)

    new = Booking.objects.get(moved_from=old)
    assert done.redirect_chain == [(f"/bookings/{new.reference}/", 302)]
    assert "Request sent" in text_of(done)
    assert "Moved from Saturday 8 August 2026 at 9:00am" in text_of(done)


def test_the_old_page_and_the_lists_say_where_it_went() -> None:
    old = booked(days=3)
    new = move(booking=old, to_slot_id=slot_in(old.doctor, days=4).pk, by=old.patient.user, now=NOW)
    browser = browser_of(old.patient.user)

    for path in (f"/bookings/{old.reference}/?was=1", "/patient/bookings/?when=cancelled"):
        page = text_of(browser.get(path))
        assert f'href="/bookings/{new.reference}/">Moved to Sunday 9 August 2026 at 9:00am</a>' in page
        assert "Moved</span>" in page.replace("\n", "") or ">Moved<" in page or "Moved" in page
        assert "x-circle-fill" not in page  # not "Cancelled"
    answer = browser.get(f"/bookings/{old.reference}/calendar.ics")
    assert answer["Location"] == f"/bookings/{new.reference}/calendar.ics"
    assert browser.get(address(old))["Location"] == f"/bookings/{new.reference}/"


def test_pressing_twice_shows_the_same_appointment() -> None:
    old = booked(days=3)
    slot = slot_in(old.doctor, days=4)
    browser = browser_of(old.patient.user)
    form = {"idempotency_key": "k" * 32}

    places = {browser.post(address(old, slot), form)["Location"] for _ in range(2)}
    assert len(places) == 1
    assert Booking.objects.count() == 2


def test_a_time_that_has_gone_is_said_kindly_with_the_nearest_others() -> None:
    old = booked(days=3)
    slot, near = slot_in(old.doctor, days=4), slot_in(old.doctor, days=4, hours=2)
    booked(slot=slot)
    browser = browser_of(old.patient.user)

    for answer in (browser.get(address(old, slot)), browser.post(address(old, slot), {})):
        assert answer.status_code == 409
        page = text_of(answer)
        assert "Someone has just taken this time" in page
        assert "The request is still for Saturday 8 August 2026 at 9:00am" in page
        assert str(near.pk) in page
    old.refresh_from_db()
    assert old.status == Status.PENDING


def test_after_the_cut_off_the_page_gives_the_phone_number() -> None:
    old = confirmed(hours=1)
    slot = slot_in(old.doctor, days=4)
    browser = browser_of(old.patient.user)

    looked, tried = browser.get(address(old)), browser.post(address(old, slot), {})
    assert (looked.status_code, tried.status_code) == (200, 409)
    assert "It’s too late to move it online. Please phone us on 020 7946 0100." in text_of(looked)


def test_the_doctor_moves_it_too_and_comes_back_to_the_list() -> None:
    old = confirmed(days=3)
    slot = slot_in(old.doctor, days=4)
    browser = browser_of(old.doctor.user)
    back = "/doctor/appointments/?page=2"

    check = browser.get(f"{address(old, slot)}&next={back}")
    assert "We’ll tell the patient straight away." in text_of(check)
    answer = browser.post(f"{address(old, slot)}&next={back}", {})
    assert answer["Location"] == back
    assert Booking.objects.get(moved_from=old).status == Status.CONFIRMED


def test_cancelling_offers_to_move_first() -> None:
    old = confirmed(days=3)
    page = text_of(browser_of(old.patient.user).get(reverse("bookings:cancel", args=[old.reference])))
    assert page.index(address(old)) < page.index("Cancel appointment</button>")


def test_without_other_times_the_page_says_so_and_names_the_waiting_list() -> None:
    old = booked(days=3)
    page = text_of(browser_of(old.patient.user).get(address(old)))
    assert "has no other free time" in page
    assert f"/waiting/join/{old.doctor.slug}/" in page


@pytest.mark.parametrize(
    "query", ["?slot=x", "?slot=", "?date=9999-99-99", "?date=0001-01-01", "?next=//evil.example/"]
)
def test_nonsense_in_the_address_is_harmless(query: str) -> None:
    old = booked(days=3)
    slot_in(old.doctor, days=4)
    answer = browser_of(old.patient.user).get(address(old) + query)
    assert answer.status_code == 200
    assert "evil.example" not in text_of(answer)


@pytest.mark.parametrize("key", ["x" * 65, "a\nb"])
def test_a_key_that_is_none_moves_nothing(key: str) -> None:
    old = booked(days=3)
    slot = slot_in(old.doctor, days=4)
    assert browser_of(old.patient.user).post(address(old, slot), {"idempotency_key": key}).status_code == 200
    assert Booking.objects.count() == 1


def test_choosing_costs_the_same_with_one_time_and_with_forty() -> None:
    old = booked(days=3)
    browser = browser_of(old.patient.user)

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            browser.get(address(old))
        return len(queries)

    slot_in(old.doctor, days=4)
    one = statements()
    for n in range(40):
        slot_in(old.doctor, days=5, hours=n)
    assert statements() == one <= 5


# Times offered in its place


def offered() -> tuple[Booking, list[Slot]]:
    old = confirmed(days=6)
    slots = [slot_in(old.doctor, days=7 + n) for n in range(3)]
    make_offers(old, slots, now=NOW)
    return old, slots


def test_one_click_takes_an_offered_time() -> None:
    old, slots = offered()
    browser = browser_of(old.patient.user)
    assert offers_address(old) in text_of(browser.get(f"/bookings/{old.reference}/"))
    page = text_of(browser.get(offers_address(old)))
    assert len(slots) > 1
    assert all(f'name="slot" value="{slot.pk}"' in page for slot in slots)

    places = {browser.post(offers_address(old), {"slot": str(slots[1].pk)})["Location"] for _ in range(2)}

    new = Booking.objects.get(moved_from=old)
    assert places == {f"/bookings/{new.reference}/"}
    assert new.slot_id == slots[1].pk


def test_declining_says_what_stands_and_the_doctor_sees_it() -> None:
    old, _ = offered()
    answer = browser_of(old.patient.user).post(offers_address(old), {"decline": "all"}, follow=True)
    assert "Your appointment stays as it is" in text_of(answer)
    assert set(Hold.objects.values_list("state", flat=True)) == {HoldState.DECLINED}
    assert "The patient declined the times offered." in text_of(
        browser_of(old.doctor.user).get(f"/bookings/{old.reference}/")
    )


def test_after_two_days_the_times_are_gone_and_the_doctor_sees_no_answer(
    set_clock: Callable[[datetime], None],
) -> None:
    old, slots = offered()
    set_clock(NOW + timedelta(hours=48))
    browser = browser_of(old.patient.user)

    assert "no longer held" in text_of(browser.get(offers_address(old)))
    assert browser.post(offers_address(old), {"slot": str(slots[0].pk)}).status_code == 409
    doctors_page = text_of(browser_of(old.doctor.user).get(f"/bookings/{old.reference}/"))
    assert "The patient didn’t reply to the times offered." in doctors_page


@pytest.mark.parametrize("posted", [{}, {"slot": "x"}])
def test_nonsense_instead_of_a_time_is_not_found(posted: dict[str, str]) -> None:
    old, _ = offered()
    assert browser_of(old.patient.user).post(offers_address(old), posted).status_code == 404


def test_others_know_nothing_of_it() -> None:
    old, _ = offered()
    stranger = browser_of(make_patient().user)
    assert {stranger.get(path).status_code for path in (offers_address(old), address(old))} == {404}


# A reference that somebody wrote on the fridge


def moved_twice() -> tuple[Booking, Booking, Booking]:
    first = confirmed(days=3)
    times = [slot_in(first.doctor, days=days) for days in (4, 5)]
    second = services_move(first, times[0])
    return first, second, services_move(second, times[1])


def services_move(booking: Booking, slot: Slot) -> Booking:
    return move(booking=booking, to_slot_id=slot.pk, by=booking.patient.user, now=NOW)


@pytest.mark.parametrize("reader", ["patient", "doctor", "staff"])
def test_an_old_reference_leads_to_where_the_visit_stands_now(reader: str) -> None:
    *olds, current = moved_twice()
    assert len(olds) == 2
    reader_of = {"patient": current.patient.user, "doctor": current.doctor.user}
    browser = browser_of(reader_of.get(reader) or make_staff(StaffRole.ADMINISTRATOR))
    for old in olds:
        answer = browser.get(reverse("bookings:detail", args=[old.reference]), follow=True)
        assert answer.redirect_chain == [(reverse("bookings:detail", args=[current.reference]), 302)]
        assert f"{old.reference} has been moved. This is the request now." in text_of(answer)
        itself = text_of(browser.get(reverse("bookings:detail", args=[old.reference]), {"was": 1}))
        assert "Moved to another time" in itself
    assert browser.get(reverse("bookings:detail", args=[current.reference])).status_code == 200
    stranger = browser_of(make_patient().user)
    assert stranger.get(reverse("bookings:detail", args=[olds[0].reference])).status_code == 404


def test_desk_and_admin_find_a_visit_by_any_reference_it_ever_had() -> None:
    visits = moved_twice()
    another = confirmed(days=9)
    desk = browser_of(make_staff(StaffRole.RECEPTION))
    office = browser_of(make_staff(StaffRole.ADMINISTRATOR))
    for booking in visits:
        straight = desk.get("/staff/desk/", {"q": booking.reference.lower()})
        assert straight["Location"] == reverse("bookings:detail", args=[visits[-1].reference])
        caller = desk.get("/staff/book/", {"q": booking.reference})
        assert [found.key for found in caller.context["who"].found] == [booking.patient_id]
        rows = office.get("/admin/bookings/booking/", {"q": booking.reference}).context["cl"].queryset
        assert set(rows) == set(visits)
    assert set(office.get("/admin/bookings/booking/", {"q": another.reference}).context["cl"].queryset) == {another}
