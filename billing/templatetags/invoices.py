"""What other rooms' pages say of money: links for whoever may follow them, and what it costs to cancel late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django import template
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Can, may
from billing.desk.draft_page import new_url
from billing.desk.selectors import can_be_invoiced
from billing.fee_words import cancelling_now_words, terms_words
from billing.fees import is_billed_on, terms_of, visit_facts
from billing.links import desk_url, invoice_url
from billing.own.page import open_words
from billing.rules import OCCASION_OF, late_cancellation_fee
from billing.selectors import invoice_of_visit, own_open_amounts
from bookings.models import Booking
from core import clock
from doctors.models import DoctorProfile

register = template.Library()


@register.simple_tag
def invoice_link(booking: Booking, viewer: User) -> str:
    """Where the patient, or who cares for them, finds the invoice of an appointment; empty until one is issued."""
    if not viewer.is_patient or booking.status not in OCCASION_OF:
        return ""
    found = invoice_of_visit(viewer, booking)
    return invoice_url(found) if found else ""


@register.simple_tag
def open_amount(viewer: User) -> str:
    """What a patient still has to pay, for themselves and those they care for: "£80.00"; empty for nothing."""
    return open_words(own_open_amounts(viewer))


@register.simple_tag
def late_cancellation_notice(booking: Booking) -> str:
    """What it costs its patient to cancel an appointment now; empty when it costs nothing."""
    if not is_billed_on(clock.hospital_day(booking.starts_at)):
        return ""
    terms = terms_of(booking.doctor)
    if not terms.late_cancellation_percent:
        return ""
    fee = late_cancellation_fee(visit_facts(booking), terms, clock.now())
    return cancelling_now_words(fee, terms) if fee else ""


@register.simple_tag
def fee_terms(doctor: DoctorProfile, starts_at: datetime | None = None) -> str:
    """What a visit that is cancelled late or missed costs, for whoever is about to book one of `starts_at`; empty when
    it costs nothing."""
    if not is_billed_on(clock.hospital_day(starts_at or clock.now())):
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
