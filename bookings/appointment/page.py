"""What stands on an appointment's own page, for its patient, its doctor or staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.permissions import Can, may
from bookings.actors import actor_of
from bookings.appointment.history import HistoryRow, history_rows
from bookings.cancellation_words import WITHDRAW_WORDS
from bookings.choices import LIVE, Status
from bookings.links import detail_url, doctor_url, place_of, review_url
from bookings.models import Booking, BookingStatusChange, Review
from bookings.permissions import refusal_to_cancel, release_of
from bookings.presenters import (
    Action,
    RelatedLink,
    Row,
    actions_for,
    born_words,
    doctor_words,
    length_words,
    moved_links,
    shown_status,
    time_words,
    when_words,
)
from bookings.states import Actor
from core.clock import hospital_day
from core.formats import clock_time, long_date, money
from core.site import site_facts
from core.text.phones import phone_words
from doctors.own_clock import on_clock_of
from patients.models import PatientProfile

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

BRING = (
    gettext_lazy("Photo ID"),
    gettext_lazy("A list of the medicines you take"),
    gettext_lazy("Letters and results from other doctors"),
)

# The fee of a visit is owed for none of these: what they cost, if anything, their invoice says.
NOT_TAKEN_PLACE = frozenset({Status.CANCELLED, Status.NO_SHOW})


@dataclass(frozen=True, slots=True)
class Panel:
    """What has just been done: green once it is booked, amber while it is only asked for (`is_request`)."""

    title: str
    text: str
    is_request: bool = False


class AppointmentPage:
    """The page of `booking` as `viewer` may see it at `now`. Raises TransitionRefused for a stranger.

    `review` is what its patient said of the visit; nobody else reads it here. `offers` is what became of times
    offered in its place (`holds.selectors.answer_to_offers`).
    """

    def __init__(
        self,
        booking: Booking,
        *,
        viewer: User,
        changes: Sequence[BookingStatusChange],
        review: Review | None = None,
        offers: str = "",
        now: datetime,
    ) -> None:
        self.booking, self._viewer, self._changes, self._now = booking, viewer, changes, now
        self._review, self._offers = review, offers
        self._actor = actor_of(viewer, booking)
        self._is_own = self._actor == Actor.PATIENT
        self.reference = booking.reference
        self.back_url, self.back_label = _back(booking, self._actor, viewer)

    @property
    def title(self) -> str:
        return _title(self.booking, self._actor, is_request=was_only_asked_for(self.booking, self._changes))

    @cached_property
    def panel(self) -> Panel | None:
        return _panel(self.booking, self._actor, self._now)

    @property
    def status(self) -> str:
        return shown_status(self.booking)

    @cached_property
    def rows(self) -> list[Row]:
        return _rows(self.booking, self._actor, self._viewer)

    @cached_property
    def patient_rows(self) -> list[Row]:
        return [] if self._is_own else _patient_rows(self.booking, self._actor, self._viewer, self._now)

    @property
    def bring(self) -> Sequence[StrOrPromise]:
        return BRING if self._is_own and self.can_add_to_calendar else ()

    @cached_property
    def next_steps(self) -> list[str]:
        return _next_steps(self.booking, self._actor, self._now)

    @cached_property
    def actions(self) -> list[Action]:
        back = "" if self._is_own else detail_url(self.booking)
        return actions_for(self.booking, self._viewer, self._now, next_url=back)

    @property
    def can_add_to_calendar(self) -> bool:
        """While it is to come, or going on."""
        return self.booking.status in LIVE and self.booking.ends_at > self._now

    @property
    def calendar_url(self) -> str:
        return reverse("bookings:calendar_file", args=[self.reference])

    @cached_property
    def history(self) -> list[HistoryRow]:
        return history_rows(self.booking, self._changes, self._viewer)

    @property
    def review_url(self) -> str:
        can_review = self._is_own and self.booking.status == Status.COMPLETED and self._review is None
        return review_url(self.booking) if can_review else ""

    @property
    def review(self) -> Review | None:
        return self._review if self._is_own else None

    @cached_property
    def moves(self) -> list[RelatedLink]:
        return moved_links(self.booking)

    @property
    def offers_url(self) -> str:
        is_asked = self._is_own and self._offers == "waiting"
        return reverse("bookings:offers", args=[self.reference]) if is_asked else ""

    @property
    def attention(self) -> str:
        return "" if self._is_own else _attention(self.booking, self._offers)

    @property
    def calendar_note(self) -> str:
        return self.booking.calendar_note if self._actor == Actor.DOCTOR and self.can_add_to_calendar else ""

    @property
    def calendar_note_url(self) -> str:
        return reverse("bookings:calendar_note", args=[self.reference])


_ANSWERS = {
    "waiting": gettext_lazy("We’ve offered other times. The patient hasn’t replied yet."),
    "declined": gettext_lazy("The patient declined the times offered."),
    "unanswered": gettext_lazy("The patient didn’t reply to the times offered."),
}


def _attention(booking: Booking, offers: str) -> str:
    """What the hospital must look at; nothing any more once the appointment is cancelled or moved."""
    if booking.status not in LIVE:
        return ""
    why = f"{booking.conflict_words.rstrip('.')}." if booking.conflict else ""
    return " ".join(filter(None, [why, str(_ANSWERS.get(offers, ""))]))


def _back(booking: Booking, actor: Actor, viewer: User) -> tuple[str, str]:
    if actor == Actor.PATIENT:
        return reverse("bookings:patient_list"), _("My appointments")
    if actor == Actor.DOCTOR:
        return reverse("bookings:doctor_list"), _("Appointments")
    if may(viewer, Can.RUN_DESK):
        day = hospital_day(booking.starts_at).isoformat()
        return f"{reverse('bookings:desk')}?date={day}", _("Desk")
    return reverse("admin:index"), _("Records")


def was_only_asked_for(booking: Booking, changes: Sequence[BookingStatusChange]) -> bool:
    """Whether it is a request, or never was anything else before it was withdrawn, declined or moved."""
    asked = {Status.PENDING, Status.CANCELLED}
    return booking.status in asked and all(change.to_status in asked for change in changes)


def _title(booking: Booking, actor: Actor, *, is_request: bool) -> str:
    people = {"doctor": booking.doctor.display_name, "patient": booking.patient.full_name}
    if actor == Actor.PATIENT and booking.patient.user_id:
        said = _("Your request to %(doctor)s") if is_request else _("Your appointment with %(doctor)s")
    elif actor == Actor.PATIENT:
        said = (
            _("Request to %(doctor)s, for %(patient)s")
            if is_request
            else _("Appointment of %(patient)s with %(doctor)s")
        )
    else:
        said = _("Request of %(patient)s") if is_request else _("Appointment of %(patient)s")
    return said % people


def _panel(booking: Booking, actor: Actor, now: datetime) -> Panel | None:
    """For its patient, from booking until the visit begins: the page can be reloaded and bookmarked."""
    if actor != Actor.PATIENT or booking.ends_at <= now or booking.status not in {Status.PENDING, Status.CONFIRMED}:
        return None
    said = _("%(when)s with %(doctor)s") if booking.patient.user_id else _("%(when)s with %(doctor)s, for %(patient)s")
    people = {"doctor": booking.doctor.display_name, "patient": booking.patient.full_name}
    text = said % {**people, "when": when_words(booking)}
    if booking.status == Status.PENDING:
        return Panel(_("Request sent"), text, is_request=True)
    return Panel(_("Appointment moved") if booking.moved_from else _("Appointment booked"), text)


def _rows(booking: Booking, actor: Actor, viewer: User) -> list[Row]:
    doctor = booking.doctor
    with_whom = Row(
        _("Doctor"), doctor_words(doctor), doctor_url(doctor) if actor == Actor.PATIENT else "", _("See profile")
    )
    rows = [
        Row(_("For"), "" if actor != Actor.PATIENT or booking.patient.user_id else booking.patient.full_name),
        Row(_("Date"), long_date(booking.starts_at)),
        Row(_("Time"), time_words(booking)),
        Row(_("Duration"), length_words(booking)),
        *([] if actor == Actor.DOCTOR else [with_whom]),
        Row(_("Place"), place_of(doctor)),
        Row(_("Fee"), "" if booking.status in NOT_TAKEN_PLACE else money(booking.fee_cents)),
        Row(_("Reference"), booking.reference),
    ]
    if may(viewer, Can.READ_REASONS):
        rows += [Row(_("Reason"), booking.reason), Row(_("Notes"), booking.notes)]
    return [row for row in rows if row.value]


def _patient_rows(booking: Booking, actor: Actor, viewer: User, now: datetime) -> list[Row]:
    """Whom to expect. What is known of their health is for the doctor alone."""
    patient = booking.patient
    if actor == Actor.STAFF and not may(viewer, Can.SEE_PATIENTS):
        return [Row(_("Name"), patient.full_name)]
    rows = [
        Row(_("Name"), patient.full_name),
        Row(_("Date of birth"), born_words(patient.date_of_birth, hospital_day(now))),
        Row(_("Phone"), phone_words(patient.phone)),
        Row(_("Cared for by"), _guardian_words(patient)),
    ]
    if actor == Actor.DOCTOR:
        rows.append(Row(_("Allergies"), patient.allergies or _("None recorded")))
    return [row for row in rows if row.value]


def _guardian_words(patient: PatientProfile) -> str:
    """Who brings them and is told, and what they call each other: "Jane Doe (“my son”)"."""
    if patient.guardian is None:
        return ""
    facts = {"name": patient.guardian.full_name, "relationship": patient.relationship}
    return _("%(name)s (“%(relationship)s”)") % facts if patient.relationship else patient.guardian.full_name


def _next_steps(booking: Booking, actor: Actor, now: datetime) -> list[str]:
    if actor != Actor.PATIENT or booking.ends_at <= now:
        return []
    if booking.status == Status.PENDING:
        asked = _("%(doctor)s will confirm your request. We’ll e-mail you, and you can check here.")
        kept = _("We’re holding this time for you until then.")
        return [asked % {"doctor": booking.doctor.display_name}, kept, str(WITHDRAW_WORDS)]
    if booking.status == Status.CONFIRMED:
        return [_("Come ten minutes early and check in at reception."), cancel_words(booking, now)]
    return []


def cancel_words(booking: Booking, now: datetime) -> str:
    """Until when the patient may cancel online, or whom to phone when that is over."""
    if refusal_to_cancel(booking, Actor.PATIENT, now) is None:
        until = when_words_at(on_clock_of(booking.doctor, release_of(booking).until))
        return _("You can move or cancel your appointment here until %(until)s.") % {"until": until}
    return _("It’s too late to move or cancel it online. Please phone %(phone)s.") % {"phone": site_facts()["phone"]}


def when_words_at(moment: datetime) -> str:
    """ "Wednesday 6 August 2026, 2:30pm", at the hospital."""
    return f"{long_date(moment)}, {clock_time(moment)}"
