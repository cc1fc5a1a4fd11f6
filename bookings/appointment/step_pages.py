"""What the interruption pages say: before cancelling, and before a step of a visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from bookings.actors import actor_of
from bookings.appointment.page import when_words_at
from bookings.choices import Status
from bookings.models import Booking
from bookings.permissions import refusal_to_cancel, release_of
from bookings.presenters import move_url, when_words
from bookings.rules import TooLateToCancel
from bookings.states import Actor
from core.site import site_facts
from doctors.own_clock import on_clock_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class StepWords:
    question: StrOrPromise
    button: StrOrPromise
    done: StrOrPromise


STEP_WORDS = {
    Status.CONFIRMED: StepWords(
        gettext_lazy("Confirm this appointment?"),
        gettext_lazy("Confirm appointment"),
        gettext_lazy("Confirmed: {name}."),
    ),
    Status.CHECKED_IN: StepWords(
        gettext_lazy("Has the patient arrived?"), gettext_lazy("Check in"), gettext_lazy("Checked in: {name}.")
    ),
    Status.COMPLETED: StepWords(
        gettext_lazy("Is the visit over?"), gettext_lazy("Complete appointment"), gettext_lazy("Completed: {name}.")
    ),
    Status.NO_SHOW: StepWords(
        gettext_lazy("Did the patient miss this appointment?"),
        gettext_lazy("Mark as missed"),
        gettext_lazy("Marked as missed: {name}."),
    ),
}


@dataclass(frozen=True, slots=True)
class StepPage:
    question: str
    button: str
    who: str
    when: str
    is_open: bool
    back_url: str


def step_page(booking: Booking, to: Status, *, is_open: bool, back_url: str) -> StepPage:
    """The page asked before a step when its address is opened instead of its button pressed."""
    words = STEP_WORDS[to]
    who, when = booking.patient.full_name, when_words(booking)
    return StepPage(str(words.question), str(words.button), who, when, is_open, back_url)


def undo_page(booking: Booking, *, is_open: bool, back_url: str) -> StepPage:
    """The same for taking the last step back."""
    who, when = booking.patient.full_name, when_words(booking)
    return StepPage(_("Take the last step back?"), _("Undo"), who, when, is_open, back_url)


# By where it leads back to (states.UNDO).
_UNDONE = {
    Status.CONFIRMED: gettext_lazy("Undone. %(name)s is “confirmed” again."),
    Status.CHECKED_IN: gettext_lazy("Undone. %(name)s is “checked in” again."),
}


def undone_words(booking: Booking) -> str:
    """What is told once a step is taken back."""
    return str(_UNDONE[Status(booking.status)]) % {"name": booking.patient.full_name}


@dataclass(frozen=True, slots=True)
class CancelPage:
    """`refusal` is a sentence when it can't be cancelled, else empty; `until` is for patients only."""

    with_whom: str
    when: str
    refusal: str
    is_too_late: bool
    until: str
    is_request: bool
    loses: str
    instead_url: str
    back_url: str


def cancel_page(booking: Booking, *, viewer: User, back_url: str, now: datetime) -> CancelPage:
    actor = actor_of(viewer, booking)
    by_patient = actor == Actor.PATIENT
    refusal = refusal_to_cancel(booking, actor, now)
    return CancelPage(
        with_whom=booking.doctor.display_name if by_patient else booking.patient.full_name,
        when=when_words(booking),
        refusal=_refusal_words(refusal) if refusal else "",
        is_too_late=isinstance(refusal, TooLateToCancel),
        until=when_words_at(on_clock_of(booking.doctor, release_of(booking).until)) if by_patient else "",
        is_request=by_patient and booking.status == Status.PENDING,
        loses=_loses(by_patient=by_patient),
        instead_url=move_url(booking) if refusal is None else "",
        back_url=back_url,
    )


def _refusal_words(refusal: Exception) -> str:
    if isinstance(refusal, TooLateToCancel):
        facts = {"phone": site_facts()["phone"]}
        return _("It’s too late to cancel online. Please phone us on %(phone)s.") % facts
    return str(refusal)


def _loses(*, by_patient: bool) -> str:
    if by_patient:
        return _("If you cancel, someone else can book this time. You can’t undo this.")
    return _("The patient will lose this time, and others can book it straight away.")
