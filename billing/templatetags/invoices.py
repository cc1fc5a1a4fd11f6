"""What other rooms' pages say of money: links for whoever may follow them, and what it costs to cancel late."""

from __future__ import annotations

from datetime import datetime

from django import template

from accounts.models import User
from billing.fee_words import cancelling_now_words, terms_words
from billing.fees import is_billed_on, terms_of, visit_facts
from billing.links import invoice_url
from billing.own.page import open_words
from billing.rules import OCCASION_OF, late_cancellation_fee
from billing.selectors import newest_invoice_of, own_open_amounts
from bookings.models import Booking
from core import clock
from doctors.models import DoctorProfile

register = template.Library()


@register.simple_tag
def invoice_link(booking: Booking, viewer: User) -> str:
    """Where the patient, or who cares for them, finds the invoice of an appointment; empty until one is issued."""
    if not viewer.is_patient or booking.status not in OCCASION_OF:
        return ""
    found = newest_invoice_of(booking, viewer)
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
