"""What the desk is told after booking, and when a booking was refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.choices import Status
from bookings.desk.book_page import BookingSelection
from bookings.desk.book_query import BookQuery
from bookings.links import detail_url, place_of
from bookings.models import Booking
from bookings.presenters import RelatedLink, Row, doctor_words, time_words, when_words
from bookings.rules import DoctorBusyNow, DoctorNotAccepting, KeyReused, PatientBusy, SlotPassed, SlotTaken
from core.errors import Busy, DomainError
from core.formats import long_date

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class BookingProblem:
    """`link` leads to the appointment that is spoken of, if any."""

    heading: str
    sentence: str
    link: RelatedLink | None = None


_KEPT = gettext_lazy("Nothing was booked. We’ve kept what you typed.")
_HEADINGS: dict[type[DomainError], StrOrPromise] = {
    SlotTaken: gettext_lazy("Someone has just taken this time"),
    SlotPassed: gettext_lazy("This time has already passed"),
    DoctorNotAccepting: gettext_lazy("This doctor isn’t taking new bookings"),
    DoctorBusyNow: gettext_lazy("The doctor isn’t free now"),
    PatientBusy: gettext_lazy("This patient already has an appointment at this time"),
    Busy: gettext_lazy("A lot of people are booking right now"),
}
_NEXT: dict[type[DomainError], StrOrPromise] = {
    DoctorNotAccepting: gettext_lazy("Nothing was booked. We’ve kept what you typed. Choose another doctor."),
    Busy: gettext_lazy("Nothing was booked. We’ve kept what you typed. Press the button again."),
}


def refusal_words(error: DomainError, draft: BookingSelection, made: Booking | None = None) -> BookingProblem:
    """In words for the desk. `made`: what the same form booked before (C4)."""
    if isinstance(error, KeyReused):
        return _sent_before(made)
    kind = next((parent for parent in type(error).__mro__ if parent in _HEADINGS), None)
    if kind is None:
        return BookingProblem(_("This can’t be booked"), f"{error.message} {_KEPT}")
    nearest = _("Nothing was booked. We’ve kept what you typed. Choose one of the nearest times.")
    if kind is DoctorBusyNow:
        return BookingProblem(str(_HEADINGS[kind]), f"{error.message} {nearest}")
    return BookingProblem(str(_HEADINGS[kind]), str(_NEXT.get(kind, nearest)))


def _sent_before(made: Booking | None) -> BookingProblem:
    heading = _("This form has already been sent with different answers")
    if made is None:
        kept = _("What you typed now isn’t booked. It’s kept: check it and press the button again.")
        return BookingProblem(heading, kept)
    facts = {"name": made.patient.full_name, "when": when_words(made), "doctor": made.doctor.display_name}
    booked = _("Then it booked %(name)s for %(when)s with %(doctor)s.") % facts
    kept = _("What you typed now isn’t booked. It’s kept: to book it as well, check it and press the button again.")
    link = RelatedLink(_("See the appointment that was booked"), detail_url(made))
    return BookingProblem(heading, f"{booked} {kept}", link)


@dataclass(frozen=True, slots=True)
class BookedPage:
    """`told` says who is written to; `again_url` books for the same patient."""

    title: str
    is_request: bool
    reference: str
    name: str
    rows: list[Row]
    told: str
    again_url: str
    next_url: str
    desk_url: str
    detail_url: str


def booked_page(booking: Booking) -> BookedPage:
    patient = booking.patient
    again = BookQuery(patient=patient.pk)
    rows = [Row(_("Patient"), patient.full_name), Row(_("Day"), long_date(booking.starts_at))]
    rows += [Row(_("Time"), time_words(booking)), Row(_("Doctor"), doctor_words(booking.doctor))]
    return BookedPage(
        title=_title(booking),
        is_request=booking.status == Status.PENDING,
        reference=booking.reference,
        name=patient.full_name,
        rows=[*rows, Row(_("Place"), place_of(booking.doctor))],
        told=_told(booking),
        again_url=again.url,
        next_url=reverse("bookings:desk_book"),
        desk_url=f"{reverse('bookings:desk')}#row-{booking.reference}",
        detail_url=detail_url(booking),
    )


def _title(booking: Booking) -> str:
    if booking.status == Status.CHECKED_IN:
        return _("Booked and checked in")
    return _("Request sent") if booking.status == Status.PENDING else _("Appointment booked")


def _told(booking: Booking) -> str:
    said = [_("No e-mail address, so we can’t send a confirmation.")]
    if booking.patient.email:
        said = [_("We’ll send a message to %(email)s.") % {"email": booking.patient.email}]
    if booking.status == Status.PENDING:
        said.append(_("The doctor still has to confirm it."))
    return " ".join(said)
