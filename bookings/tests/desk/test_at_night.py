"""The lists of today over midnight: nobody who waits, is being seen or comes early disappears when the date changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.tests.factories import StaffFactory
from bookings.models import Booking
from bookings.services.steps import check_in
from bookings.tests.people import booked, browser_of, cancelled, confirmed, text_of
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor, make_slot
from patients.tests.factories import make_patient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.ignore_template_errors]
MIDNIGHT = datetime(2026, 8, 6, 23, 0, tzinfo=UTC)  # between Thursday 6 and Friday 7 August in London
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SetClock = Callable[[datetime], None]
# When each is to be there, from midnight, and for how long.
VISITS = {
    "Long Over": (-6 * HOUR, 30),
    "Ann Waits": (-HOUR, 30),
    "Bob Runs": (-HOUR / 2, 60),
    "Cid Early": (HOUR / 2, 30),
    "Far Ahead": (4 * HOUR, 30),
}
# The minutes after midnight, and who stands on the list of today then.
LOOKS = [
    (-10, ["Long Over", "Ann Waits", "Bob Runs", "Cid Early"]),
    (10, ["Ann Waits", "Bob Runs", "Cid Early", "Far Ahead"]),
    (12 * 60, ["Cid Early", "Far Ahead"]),
]


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_doctor(min_notice=timedelta(0))


@pytest.fixture
def visits(doctor: DoctorProfile) -> dict[str, Booking]:
    made = {
        name: confirmed(
            slot=make_slot(doctor, starts_at=MIDNIGHT + begins, minutes=minutes), patient=make_patient(full_name=name)
        )
        for name, (begins, minutes) in VISITS.items()
    }
    check_in(booking=made["Ann Waits"], by=doctor.user, now=MIDNIGHT - HOUR)
    return made


def listed(who: User, place: str) -> list[str]:
    page = text_of(browser_of(who).get(reverse(place)))
    page = page.partition('<h2 id="today">')[2] if place == "dashboards:doctor" else page
    found = [name for name in VISITS if f">{name}</a>" in page]
    assert found, page
    return found


@pytest.mark.parametrize("place", ["bookings:desk", "dashboards:doctor"])
@pytest.mark.parametrize("look", LOOKS)
def test_who_is_there_around_midnight_is_on_the_list_of_today(
    visits: dict[str, Booking], doctor: DoctorProfile, set_clock: SetClock, place: str, look: tuple[int, list[str]]
) -> None:
    set_clock(MIDNIGHT + look[0] * MINUTE)
    assert listed(StaffFactory() if place == "bookings:desk" else doctor.user, place) == look[1]


@pytest.mark.parametrize("place", ["bookings:desk", "dashboards:doctor"])
def test_a_row_of_another_date_says_so(
    visits: dict[str, Booking], doctor: DoctorProfile, set_clock: SetClock, place: str
) -> None:
    browser = browser_of(StaffFactory() if place == "bookings:desk" else doctor.user)
    for minutes, said, unsaid in ((-10, "Tomorrow</span>", "Yesterday</span>"), (10, "Yesterday</span>", "Tomorrow</")):
        set_clock(MIDNIGHT + minutes * MINUTE)
        page = text_of(browser.get(reverse(place)))
        assert said in page
        assert unsaid not in page


def test_who_waits_over_midnight_is_counted_and_served_at_the_desk(
    visits: dict[str, Booking], doctor: DoctorProfile, set_clock: SetClock
) -> None:
    set_clock(MIDNIGHT + 10 * MINUTE)
    browser = browser_of(StaffFactory())
    page = text_of(browser.get(reverse("bookings:desk")))
    assert "Here since 11:00pm, 1 h 10 min" in page
    for name, step in {"Bob Runs": "check_in", "Ann Waits": "complete"}.items():
        assert reverse(f"bookings:{step}", args=[visits[name].reference]) in page
        browser.post(reverse(f"bookings:{step}", args=[visits[name].reference]))
        visits[name].refresh_from_db()
    assert (visits["Bob Runs"].status, visits["Ann Waits"].status) == ("CHECKED_IN", "COMPLETED")
    # What was just done can still be taken back where it was done.
    page = text_of(browser.get(reverse("bookings:desk")))
    assert reverse("bookings:undo", args=[visits["Ann Waits"].reference]) in page


def test_other_days_hold_what_begins_on_them(
    visits: dict[str, Booking], doctor: DoctorProfile, set_clock: SetClock
) -> None:
    set_clock(MIDNIGHT + 10 * MINUTE)
    browser = browser_of(StaffFactory())
    thursday = text_of(browser.get(reverse("bookings:desk"), {"date": "2026-08-06"}))
    assert [name for name in VISITS if f">{name}</a>" in thursday] == ["Long Over", "Ann Waits", "Bob Runs"]
    assert "Yesterday</span>" not in thursday


def test_what_was_cancelled_on_another_date_is_not_on_the_list(doctor: DoctorProfile, set_clock: SetClock) -> None:
    slot = make_slot(doctor, starts_at=MIDNIGHT - HOUR)
    cancelled(slot=slot, patient=make_patient(full_name="Gone Away"))
    booked(slot=make_slot(doctor, starts_at=MIDNIGHT + HOUR), patient=make_patient(full_name="Cid Early"))
    set_clock(MIDNIGHT + 10 * MINUTE)
    page = text_of(browser_of(StaffFactory()).get(reverse("bookings:desk")))
    assert "Cid Early" in page
    assert "Gone Away" not in page


def test_the_figure_of_today_is_of_the_date(
    visits: dict[str, Booking], doctor: DoctorProfile, set_clock: SetClock
) -> None:
    set_clock(MIDNIGHT + 10 * MINUTE)
    figures = dict(browser_of(doctor.user).get(reverse("dashboards:doctor")).context["page"].figures)
    assert figures["Today"] == 2


def test_an_open_desk_goes_on_to_the_new_day_at_midnight(
    visits: dict[str, Booking], doctor: DoctorProfile, set_clock: SetClock
) -> None:
    browser = browser_of(StaffFactory())
    set_clock(MIDNIGHT - MINUTE)
    addresses = {day: browser.get(reverse("bookings:desk"), {"date": day, "q": "bob"}) for day in ("", "2026-08-05")}
    again = {day: response.context["page"].refresh_url for day, response in addresses.items()}

    set_clock(MIDNIGHT + MINUTE)
    today, another = browser.get(again[""]), browser.get(again["2026-08-05"])

    assert today["HX-Redirect"] == f"{reverse('bookings:desk')}?q=bob"
    assert another.status_code == 204
    assert "HX-Redirect" not in another
