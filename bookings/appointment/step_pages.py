"""What the interruption pages say: before cancelling, and before a step of a visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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


@dataclass(frozen=True, slots=True)
class StepWords:
    question: str
    button: str
    done: str


STEP_WORDS = {
    Status.CONFIRMED: StepWords("Confirm this appointment?", "Confirm appointment", "Confirmed: {name}."),
    Status.CHECKED_IN: StepWords("Has the patient arrived?", "Check in", "Checked in: {name}."),
    Status.COMPLETED: StepWords("Is the visit over?", "Complete appointment", "Completed: {name}."),
    Status.NO_SHOW: StepWords("Did the patient not come?", "Mark as not attended", "Marked as not attended: {name}."),
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
    return StepPage(words.question, words.button, who, when, is_open, back_url)


def undo_page(booking: Booking, *, is_open: bool, back_url: str) -> StepPage:
    """The same for taking the last step back."""
    who, when = booking.patient.full_name, when_words(booking)
    return StepPage("Take the last step back?", "Undo", who, when, is_open, back_url)


def undone_words(booking: Booking) -> str:
    """What is told once a step is taken back."""
    return f"Undone. {booking.patient.full_name} is “{booking.get_status_display().lower()}” again."


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
        return f"It is too late to cancel online. Please phone us on {site_facts()['phone']}."
    return str(refusal)


def _loses(*, by_patient: bool) -> str:
    if by_patient:
        return "You lose this time at once: somebody else may take it, and it can’t be brought back."
    return "The patient loses this time at once. It becomes free for others to book."
