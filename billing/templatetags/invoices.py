"""What other rooms' pages say of money: links for whoever may follow them, and what it costs to cancel late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django import template
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Can, may
from billing.desk.draft_page import new_url
from billing.desk.selectors import can_be_invoiced
from billing.fee_words import cancelling_now_words, closing_words, terms_words
from billing.fees import fee_to_cancel_now, is_billed_on, terms_of
from billing.links import desk_url, invoice_url
from billing.own.page import due_words, open_words
from billing.presenters import invoice_tag
from billing.rules import OCCASION_OF
from billing.selectors import invoice_of_visit, own_open_amounts, own_open_amounts_of
from bookings.choices import Status
from bookings.models import Booking
from bookings.permissions import release_of
from core import clock
from core.clock import hospital_day
from core.formats import money
from core.status_tags import StatusTag
from doctors.models import DoctorProfile
from patients.models import PatientProfile

register = template.Library()


@dataclass(frozen=True, slots=True)
class AppointmentInvoice:
    """What an appointment costs its patient and how that stands. `note`: until when it is to be paid."""

    total: str
    tag: StatusTag
    note: str
    url: str


@register.simple_tag
def invoice_of_appointment(booking: Booking, viewer: User) -> AppointmentInvoice | None:
    """For the patient, or who cares for them; nothing until one is issued. One query."""
    if not viewer.is_patient or booking.status not in OCCASION_OF:
        return None
    found = invoice_of_visit(viewer, booking)
    if found is None:
        return None
    today = hospital_day(clock.now())
    return AppointmentInvoice(
        total=money(found.total_cents, found.currency),
        tag=invoice_tag(found, today),
        note=due_words(found, today),
        url=invoice_url(found),
    )


@register.simple_tag
def open_amount(viewer: User) -> str:
    """What a patient still has to pay, for themselves and those they care for: "£80.00"; empty for nothing."""
    return open_words(own_open_amounts(viewer))


@register.simple_tag
def late_cancellation_notice(booking: Booking) -> str:
    """What it costs its patient to cancel an appointment now; empty when it costs nothing."""
    fee = fee_to_cancel_now(booking, clock.now())
    return cancelling_now_words(fee, terms_of(booking.doctor)) if fee else ""


@register.simple_tag
def closing_costs(bookings: Sequence[Booking]) -> list[str]:
    """What it costs whoever closes their account to cancel these with it: a sentence for each that costs anything."""
    now = clock.now()
    fees = [(booking, fee_to_cancel_now(booking, now)) for booking in bookings]
    return [closing_words(booking, fee) for booking, fee in fees if fee]


@register.simple_tag
def open_amount_of(person: PatientProfile, viewer: User) -> str:
    """What is still to pay for somebody the viewer cares for: "£80.00"; empty for nothing."""
    return open_words(own_open_amounts_of(viewer, person))


@register.simple_tag
def cancellation_terms(booking: Booking, viewer: User) -> str:
    """What it costs to cancel a confirmed appointment late or to miss it, for whoever may still cancel it as its
    patient; empty when it costs nothing, as when the hospital can't keep it."""
    if booking.status != Status.CONFIRMED or not viewer.is_patient or not is_billed_on(hospital_day(booking.starts_at)):
        return ""
    if not release_of(booking).is_open(clock.now()) or booking.conflict:
        return ""
    words = terms_words(booking.fee_cents, terms_of(booking.doctor))
    return "" if words and booking.offers.exists() else words


@register.simple_tag
def fee_terms(doctor: DoctorProfile, starts_at: datetime | None = None) -> str:
    """What a visit that is cancelled late or missed costs, for whoever is about to book one of `starts_at`; empty when
    it costs nothing."""
    if not is_billed_on(hospital_day(starts_at or clock.now())):
        return ""
    return terms_words(doctor.consultation_fee_cents, terms_of(doctor))


@dataclass(frozen=True, slots=True)
class StaffInvoiceLink:
    """`makes_one`: no invoice counts, and the viewer may make one there."""

    words: str
    url: str
    makes_one: bool = False


@register.simple_tag
def invoice_link_for_staff(booking: Booking, viewer: User) -> list[StaffInvoiceLink]:
    """The last invoice of an appointment, and where one is made if none counts; nothing for whoever sees no invoices.
    One query for those who do."""
    if not may(viewer, Can.SEE_INVOICES):
        return []
    invoice = invoice_of_visit(viewer, booking)
    links = []
    if invoice:
        words = _("Draft of the invoice") if invoice.is_draft else _("Invoice %(number)s") % {"number": invoice.number}
        links.append(StaffInvoiceLink(words, desk_url(invoice)))
    if may(viewer, Can.RUN_BILLING) and can_be_invoiced(booking, invoice):
        links.append(StaffInvoiceLink(_("Make invoice"), new_url(booking=booking), makes_one=True))
    return links
