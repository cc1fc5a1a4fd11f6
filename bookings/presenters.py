"""The words, tags and links of an appointment, for whoever looks at it. Templates only lay them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from accounts.permissions import Can, may
from bookings.actors import actor_of
from bookings.choices import HAS_RECORD, LIVE, MOVED_CODE, Status
from bookings.links import detail_url, doctor_url, place_of, step_url
from bookings.models import Booking, Review
from bookings.permissions import can_undo, is_move_offered, open_steps, refusal_to_cancel
from bookings.states import Actor
from core.clock import hospital_day
from core.formats import clock_time, end_time, from_to, long_date
from doctors.models import DoctorProfile, Slot
from doctors.own_clock import on_clock_of
from doctors.presenters import SlotLink
from patients.presenters import names_apart

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Action:
    """A button (`is_post`) or a link. `style` is one of Bootstrap's button names.

    `step`: where it leads, of the steps of a visit; `is_undo`: it takes the last of them back.
    """

    label: str
    url: str
    is_post: bool = False
    style: str = "outline-primary"
    next_url: str = ""
    step: Status | None = None
    is_undo: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a summary list."""

    label: str
    value: str
    url: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    label: str
    url: str
    is_current: bool
    count: int | None = None


# Words


def moved_words(booking: Booking) -> str:
    """What is said once it stands at, or is asked for, its new time."""
    said = (
        _("Moved to %(when)s. The doctor still has to confirm it.")
        if booking.status == Status.PENDING
        else _("Moved to %(when)s.")
    )
    return said % {"when": when_words(booking)}


def when_words(booking: Booking | Slot) -> str:
    """ "Wednesday 6 August 2026 at 2:30pm", at the hospital, and by its doctor's own clock where that differs."""
    time = clock_time(on_clock_of(booking.doctor, booking.starts_at))
    return _("%(day)s at %(time)s") % {"day": long_date(booking.starts_at), "time": time}


def time_words(booking: Booking | Slot) -> str:
    """ "2:30pm to 3:00pm (BST)": the hospital's clock, and which one that is; both when they change in between."""
    begins, ends = _zone_name(booking.starts_at), _zone_name(booking.ends_at)
    # In an hour that comes twice a time names its zone by itself: here it stands once, behind.
    start = clock_time(booking.starts_at).partition(" ")[0]
    end = end_time(booking.ends_at, booking.starts_at, bare=True)
    return from_to(start if begins == ends else f"{start} ({begins})", f"{end} ({ends})")


def _zone_name(moment: datetime) -> str:
    name = timezone.localtime(moment).strftime("%Z")
    return f"UTC{name}" if name[:1] in "+-" else name


def length_words(booking: Booking | Slot) -> str:
    hours, minutes = divmod(booking.minutes, 60)
    parts = [ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}] if hours else []
    if minutes:
        parts.append(ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes})
    return " ".join(parts)


def doctor_words(doctor: DoctorProfile) -> str:
    return f"{doctor.display_name}, {doctor.specialization}"


def age_on(born: date, today: date) -> int:
    """Whole years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def born_words(born: date, today: date) -> str:
    years = age_on(born, today)
    age = ngettext("%(day)s (%(years)s year old)", "%(day)s (%(years)s years old)", years)
    return age % {"day": dateformat.format(born, "j F Y"), "years": years}


# What can be done

_STEP_ACTIONS: dict[Status, tuple[StrOrPromise, str, str]] = {
    Status.CONFIRMED: (gettext_lazy("Confirm"), "bookings:confirm", "primary"),
    Status.CHECKED_IN: (gettext_lazy("Check in"), "bookings:check_in", "primary"),
    Status.COMPLETED: (gettext_lazy("Complete"), "bookings:complete", "primary"),
    Status.NO_SHOW: (gettext_lazy("Missed"), "bookings:no_show", "outline-secondary"),
}


def actions_for(booking: Booking, viewer: User, now: datetime, *, next_url: str = "") -> list[Action]:
    """What `viewer` can do with `booking` at `now`. `next_url`: where to come back to afterwards."""
    actor = actor_of(viewer, booking)
    actions = _clinic_actions(booking, actor, now, next_url) if may(viewer, Can.RUN_CLINIC) else []
    if actor == Actor.DOCTOR and booking.status in HAS_RECORD:
        actions.append(Action(_("Record"), step_url(booking, "clinical:record")))  # by name: its room is above
    if may(viewer, Can.SETTLE_CONFLICTS) and calls_for_attention(booking, actor, now):
        actions.append(_dismiss_conflict_action(booking, next_url))
    if may(viewer, Can.MOVE_BOOKING) and is_move_offered(booking, actor, now):
        actions.append(Action(_("Move"), move_url(booking, next_url)))
    if may(viewer, Can.CANCEL_BOOKING) and refusal_to_cancel(booking, actor, now) is None:
        words = _("Withdraw request") if actor == Actor.PATIENT and booking.status == Status.PENDING else _("Cancel")
        actions.append(Action(words, _cancel_url(booking, next_url), style="outline-danger"))
    if actor == Actor.PATIENT and not booking.successor and not _is_coming(booking, now):
        actions.append(Action(_("Book again"), doctor_url(booking.doctor)))
    return actions


def _clinic_actions(booking: Booking, actor: Actor, now: datetime, next_url: str) -> list[Action]:
    steps = [_step_action(booking, to, next_url) for to in open_steps(booking, actor, now)]
    return [*steps, undo_action(booking, next_url)] if can_undo(booking, actor, now) else steps


def calls_for_attention(booking: Booking, actor: Actor, now: datetime) -> bool:
    """Whether the hospital must look at it; never the patient's business, and over when the visit is."""
    return bool(booking.conflict) and actor != Actor.PATIENT and _is_coming(booking, now)


def _dismiss_conflict_action(booking: Booking, next_url: str) -> Action:
    url = step_url(booking, "bookings:resolve")
    return Action(_("Leave it as it is"), url, is_post=True, style="outline-primary", next_url=next_url)


def move_url(booking: Booking, next_url: str = "") -> str:
    query = f"?{urlencode({'next': next_url})}" if next_url else ""
    return step_url(booking, "bookings:move") + query


def arrive_action(booking: Booking, next_url: str) -> Action:
    """Checks in at the desk, confirming on the way (bookings/services/arriving.py)."""
    return _step_action(booking, Status.CHECKED_IN, next_url)


def _step_action(booking: Booking, to: Status, next_url: str) -> Action:
    label, name, style = _STEP_ACTIONS[to]
    return Action(str(label), step_url(booking, name), is_post=True, style=style, next_url=next_url, step=to)


def undo_action(booking: Booking, next_url: str) -> Action:
    """Takes the last step back."""
    address = step_url(booking, "bookings:undo")
    return Action(_("Undo"), address, is_post=True, style="outline-secondary", next_url=next_url, is_undo=True)


def _cancel_url(booking: Booking, next_url: str) -> str:
    query = f"?{urlencode({'next': next_url})}" if next_url else ""
    return step_url(booking, "bookings:cancel") + query


def _is_coming(booking: Booking, now: datetime) -> bool:
    return booking.status in LIVE and booking.ends_at > now


# What became of it


@dataclass(frozen=True, slots=True)
class RelatedLink:
    label: str
    url: str


def shown_status(booking: Booking) -> str:
    """A moved appointment reads "Moved": it is not lost, it has another time (C7)."""
    return MOVED_CODE if booking.successor else booking.status


def moved_to_link(booking: Booking) -> RelatedLink | None:
    """Where it has gone, if it has."""
    gone = booking.successor
    return RelatedLink(_("Moved to %(when)s") % {"when": when_words(gone)}, detail_url(gone)) if gone else None


def moved_links(booking: Booking) -> list[RelatedLink]:
    """Where it has gone, and where it came from."""
    moved_to, moved_from = moved_to_link(booking), None
    if earlier := booking.moved_from:
        said = _("Moved from %(when)s") % {"when": when_words(earlier)}
        moved_from = RelatedLink(said, f"{detail_url(earlier)}?was=1")
    return [link for link in (moved_to, moved_from) if link]


# Lists


@dataclass(frozen=True, slots=True)
class Card:
    """An appointment as its patient sees it in a list."""

    title: str
    subtitle: str
    url: str
    starts_at: datetime
    status: str
    actions: list[Action]
    for_whom: str = ""
    moved_to: RelatedLink | None = None


def for_whom(booking: Booking, viewer: User) -> str:
    """Whom an appointment is for, where that is not the reader but somebody they care for (C11)."""
    patient = booking.patient
    return patient.full_name if patient.user_id != viewer.pk and patient.guardian_id == viewer.pk else ""


def card(booking: Booking, viewer: User, now: datetime) -> Card:
    """For `components/appointment_card.html`."""
    doctor = booking.doctor
    place = f"{doctor.specialization} · {doctor.room}" if doctor.room else doctor.specialization
    return Card(
        title=doctor.display_name,
        subtitle=place,
        url=detail_url(booking),
        starts_at=on_clock_of(booking.doctor, booking.starts_at),
        status=shown_status(booking),
        actions=actions_for(booking, viewer, now),
        for_whom=for_whom(booking, viewer),
        moved_to=moved_to_link(booking),
    )


@dataclass(frozen=True, slots=True)
class DayRow:
    """An appointment as its doctor sees it in a day's list. `emphasis`: now, past or nothing."""

    starts_at: datetime
    ends_at: datetime
    name: str
    url: str
    note: str
    status: str
    emphasis: str
    actions: list[Action]
    key: str = ""
    attention: str = ""
    other_day: str = ""


def reason_for(booking: Booking, viewer: User) -> str:
    """Why the patient comes, for who may read it."""
    return booking.reason if may(viewer, Can.READ_REASONS) else ""


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    label: str
    rows: list[DayRow]


def day_row(
    booking: Booking, viewer: User, now: datetime, *, next_url: str = "", names: Mapping[int, str] | None = None
) -> DayRow:
    """For `components/day_list.html`; `names` are those of the list, which tell namesakes apart."""
    return DayRow(
        starts_at=on_clock_of(booking.doctor, booking.starts_at),
        ends_at=booking.ends_at,
        name=(names or {}).get(booking.patient_id, booking.patient.full_name),
        url=detail_url(booking),
        note=gone.label if (gone := moved_to_link(booking)) else reason_for(booking, viewer),
        status=shown_status(booking),
        emphasis=_emphasis(booking, now),
        actions=actions_for(booking, viewer, now, next_url=next_url),
        key=booking.reference,
        attention=booking.conflict_words if calls_for_attention(booking, actor_of(viewer, booking), now) else "",
    )


def _emphasis(booking: Booking, now: datetime) -> str:
    if booking.status in LIVE and booking.starts_at <= now < booking.ends_at:
        return "now"
    return "past" if booking.ends_at <= now or booking.status not in LIVE else ""


def days_of(bookings: Iterable[Booking], viewer: User, now: datetime, *, next_url: str = "") -> list[Day]:
    """The bookings of a list under the days they fall on, in the order they came."""
    listed = list(bookings)
    names = names_apart(booking.patient for booking in listed)
    days = groupby(listed, key=lambda booking: hospital_day(booking.starts_at))
    return [
        Day(
            day,
            day_words(day, hospital_day(now)),
            [day_row(row, viewer, now, next_url=next_url, names=names) for row in rows],
        )
        for day, rows in days
    ]


def day_words(day: date, today: date) -> str:
    """ "Today, Wednesday 6 August 2026"; tomorrow and yesterday have names too."""
    near = {0: _("Today, %(day)s"), 1: _("Tomorrow, %(day)s"), -1: _("Yesterday, %(day)s")}
    return near.get((day - today).days, "%(day)s") % {"day": long_date(day)}


# Reviews


@dataclass(frozen=True, slots=True)
class ShownReview:
    """A review as everybody reads it."""

    name: str
    rating: int
    text: str
    at: datetime


def shown_review(review: Review) -> ShownReview:
    """Under the first name and initial of whose account wrote it."""
    account = review.booking.patient.account
    name = short_name(account.full_name) if account else _("A patient")
    return ShownReview(name, review.rating, review.text, review.created_at)


def short_name(full_name: str) -> str:
    """ "Jane D." for "Jane van Doe": enough to be human, too little to be found by."""
    first, *rest = full_name.split() or [""]
    return f"{first} {rest[-1][0]}." if rest else first


# The pages around a new appointment


def check_rows(slot: Slot, price: str) -> list[Row]:
    """The answers to check before confirming; `price` in words."""
    change = doctor_url(slot.doctor, hospital_day(slot.starts_at))
    return [
        Row(_("Doctor"), doctor_words(slot.doctor), reverse("doctors:directory")),
        Row(_("Day"), long_date(slot.starts_at), change),
        Row(_("Time"), time_words(slot), change),
        Row(_("Duration"), length_words(slot)),
        Row(_("Place"), place_of(slot.doctor)),
        Row(_("Fee"), price),
    ]


@dataclass(frozen=True, slots=True)
class TimesOfDay:
    date: date
    times: list[SlotLink] = field(default_factory=list)


def by_day(slots: Iterable[SlotLink]) -> list[TimesOfDay]:
    """Free times under their days at the hospital, in the order they came."""
    return [
        TimesOfDay(day, list(times)) for day, times in groupby(slots, key=lambda slot: hospital_day(slot.starts_at))
    ]


def already_moved_words(now_at: Booking) -> str:
    """What whoever comes late is told on the page of what it is by now."""
    if now_at.status == Status.PENDING:
        return _("This request has already been moved. This is the time it asks for now.")
    return _("This appointment has already been moved. This is its new time.")
