"""Words and links of the dashboards. Appointments and doctors look as their own apps present them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.desk.arrival_status import other_day_words
from bookings.links import detail_url, review_url
from bookings.models import Booking
from bookings.presenters import Card, DayRow, card, day_row, for_whom
from bookings.waiting_list.presenters import WaitingCard, waiting_cards
from core.clock import hospital_day
from core.formats import long_date
from dashboards.selectors import DoctorHome, PatientHome
from doctors.directory.presenters import DoctorCard
from doctors.directory.presenters import card as card_of_doctor
from doctors.directory.selectors import Listing
from doctors.models import Department
from doctors.presenters import lost_calendar_words
from patients.presenters import names_apart

TIMES_ON_CARD = 3
WAITING_FOR_APPROVAL = _(
    "Your licence is waiting for approval by the hospital. You can set up your diary already. "
    "Patients will see you as soon as it’s approved."
)


@dataclass(frozen=True, slots=True)
class DashboardLink:
    label: str
    url: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PatientPage:
    next: Card | None
    upcoming: list[Card]
    past: list[Card]
    cancelled: list[Card]
    to_review: list[DashboardLink]
    counts: dict[str, int]
    waits_for: list[WaitingCard]


@dataclass(frozen=True, slots=True)
class DoctorPage:
    """`next` is the patient being seen or the next to come, today or later."""

    name: str
    notices: list[str]
    lost_calendar: str
    changed_in_calendar: list[DashboardLink]
    is_accepting: bool
    today: list[DayRow]
    next: DayRow | None
    next_heading: str
    next_is_today: bool
    waiting: list[Card]
    waiting_count: int
    waiting_url: str
    figures: list[tuple[str, int]]
    has_free_times: bool


def doctor_card(listing: Listing, viewer: User | AnonymousUser) -> DoctorCard:
    """As in the directory, with as many times as fit into one row."""
    shown = card_of_doctor(listing, viewer)
    return replace(shown, times=shown.times[:TIMES_ON_CARD])


def department_links(departments: list[Department]) -> list[DashboardLink]:
    directory = reverse("doctors:directory")
    return [
        DashboardLink(found.name, f"{directory}?{urlencode({'department': found.slug})}", found.description)
        for found in departments
    ]


def patient_page(home: PatientHome, viewer: User, now: datetime) -> PatientPage:
    upcoming = [card(booking, viewer, now) for booking in home.upcoming]
    return PatientPage(
        next=upcoming[0] if upcoming else None,
        upcoming=upcoming[1:],
        past=[card(booking, viewer, now) for booking in home.past],
        cancelled=[card(booking, viewer, now) for booking in home.cancelled],
        to_review=[_review_link(booking, viewer) for booking in home.to_review],
        counts=home.counts,
        waits_for=waiting_cards(home.waits_for, home.held, viewer),
    )


def _review_link(booking: Booking, viewer: User) -> DashboardLink:
    person = for_whom(booking, viewer)
    day = long_date(booking.starts_at)
    note = gettext("%(day)s, for %(person)s") % {"day": day, "person": person} if person else day
    return DashboardLink(booking.doctor.display_name, review_url(booking), note)


def doctor_page(home: DoctorHome, viewer: User, now: datetime) -> DoctorPage:
    back = reverse("dashboards:doctor")
    coming, today = home.next, hospital_day(now)
    met = [*home.today, *home.waiting, *([coming] if coming else [])]
    names = names_apart(booking.patient for booking in met)
    return DoctorPage(
        name=home.doctor.display_name,
        notices=_notices(home),
        lost_calendar=lost_calendar_words(home.busy_times_kept_until, now),
        changed_in_calendar=[_noted(booking) for booking in home.noted],
        is_accepting=home.doctor.is_accepting,
        today=[
            replace(
                day_row(booking, viewer, now, next_url=back, names=names),
                other_day=other_day_words(hospital_day(booking.starts_at), today),
            )
            for booking in home.today
        ],
        next=day_row(coming, viewer, now, next_url=back, names=names) if coming else None,
        next_heading=gettext("With you now") if coming and coming.starts_at <= now else gettext("Next patient"),
        next_is_today=coming is not None and hospital_day(coming.starts_at) == today,
        waiting=[_waiting_card(day_row(booking, viewer, now, next_url=back, names=names)) for booking in home.waiting],
        waiting_count=home.waiting_count,
        waiting_url=f"{reverse('bookings:doctor_list')}?status=PENDING",
        figures=[
            (gettext("Today"), sum(hospital_day(booking.starts_at) == today for booking in home.today)),
            (gettext("Booked this week"), home.week.booked),
            (gettext("Free this week"), home.week.free),
            (gettext("Waiting for you to confirm"), home.waiting_count),
            (gettext("On your waiting list"), home.queue_length),
        ],
        has_free_times=home.week.free > 0,
    )


def _noted(booking: Booking) -> DashboardLink:
    return DashboardLink(booking.patient.full_name, detail_url(booking), long_date(booking.starts_at))


def _waiting_card(row: DayRow) -> Card:
    return Card(
        title=row.name, subtitle=row.note, url=row.url, starts_at=row.starts_at, status=row.status, actions=row.actions
    )


def _notices(home: DoctorHome) -> list[str]:
    if home.doctor.approved_at is None:
        return [str(WAITING_FOR_APPROVAL)]
    return []
