"""What the desk is told after booking, and when a booking was refused."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from bookings.choices import Status
from bookings.desk.book_page import BookingSelection
from bookings.desk.book_query import BookQuery
from bookings.links import detail_url, place_of
from bookings.models import Booking
from bookings.presenters import RelatedLink, Row, doctor_words, time_words, when_words
from bookings.rules import DoctorBusyNow, DoctorNotAccepting, KeyReused, PatientBusy, SlotPassed, SlotTaken
from core.errors import Busy, DomainError
from core.formats import long_date


@dataclass(frozen=True, slots=True)
class BookingProblem:
    """`link` leads to the appointment that is spoken of, if any."""

    heading: str
    sentence: str
    link: RelatedLink | None = None


_KEPT = "Nothing was booked, and what you typed is kept."
_HEADINGS: dict[type[DomainError], str] = {
    SlotTaken: "Somebody has just taken this time",
    SlotPassed: "This time has already passed",
    DoctorNotAccepting: "This doctor is not taking new bookings",
    DoctorBusyNow: "The doctor can’t see anybody just now",
    PatientBusy: "This patient already has an appointment at this time",
    Busy: "A lot of people are booking right now",
}
_NEXT: dict[type[DomainError], str] = {
    DoctorNotAccepting: f"{_KEPT} Choose another doctor.",
    Busy: f"{_KEPT} Press the button again.",
}


def refusal_words(error: DomainError, draft: BookingSelection, made: Booking | None = None) -> BookingProblem:
    """In words for the desk. `made`: what the same form booked before (C4)."""
    if isinstance(error, KeyReused):
        return _sent_before(made)
    kind = next((one for one in type(error).__mro__ if one in _HEADINGS), None)
    if kind is None:
        return BookingProblem("This can’t be booked", f"{error.message} {_KEPT}")
    if kind is DoctorBusyNow:
        return BookingProblem(_HEADINGS[kind], f"{error.message} {_KEPT} Choose one of the nearest times.")
    return BookingProblem(_HEADINGS[kind], _NEXT.get(kind, f"{_KEPT} Choose one of the nearest times."))


def _sent_before(made: Booking | None) -> BookingProblem:
    heading = _("This form was already sent with other answers")
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
    rows = [Row("Patient", patient.full_name), Row("Day", long_date(booking.starts_at))]
    rows += [Row("Time", time_words(booking)), Row("Doctor", doctor_words(booking.doctor))]
    return BookedPage(
        title=_title(booking),
        is_request=booking.status == Status.PENDING,
        reference=booking.reference,
        name=patient.full_name,
        rows=[*rows, Row("Place", place_of(booking.doctor))],
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
    waits = " The doctor still has to confirm it." if booking.status == Status.PENDING else ""
    if booking.patient.email:
        return f"A message goes to {booking.patient.email}.{waits}"
    return f"There is no e-mail address, so nothing is sent: read the reference out.{waits}"
