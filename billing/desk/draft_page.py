"""A draft that is made, changed or issued, as its templates show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from billing.links import desk_url
from billing.models import Invoice
from billing.presenters import taxed_words
from billing.selectors import InvoiceParts
from bookings.links import detail_url
from bookings.models import Booking
from bookings.presenters import RelatedLink, Row, born_words, when_words
from core.clock import hospital_day
from core.formats import money
from core.text.phones import phone_words
from patients.models import PatientProfile


@dataclass(frozen=True, slots=True)
class EditPage:
    """`theirs`: what somebody else saved meanwhile. `whom`: for whom it is, as `new` is asked for it, should the draft
    be gone when the form comes in. `action`: where the form goes; empty for where it came from."""

    title: str
    about: str
    back: RelatedLink
    theirs: list[Row]
    whom: str
    action: str = ""


@dataclass(frozen=True, slots=True)
class FoundPatient:
    name: str
    about: str
    url: str


@dataclass(frozen=True, slots=True)
class ChoosePage:
    query: str
    found: list[FoundPatient]
    visit: RelatedLink | None
    has_more: bool


@dataclass(frozen=True, slots=True)
class IssuePage:
    name: str
    total: str
    rows: list[Row]
    back_url: str


def new_url(*, booking: Booking | None = None, patient: PatientProfile | None = None) -> str:
    query = whom_words(patient, booking) if patient or booking else ""
    return reverse("billing:desk_new") + (f"?{query}" if query else "")


def whom_words(patient: PatientProfile | None, booking: Booking | None) -> str:
    """What an address says of whom an invoice is for."""
    return urlencode({"booking": booking.reference} if booking else {"patient": patient.pk if patient else ""})


def edit_page(
    patient: PatientProfile,
    *,
    booking: Booking | None = None,
    invoice: Invoice | None = None,
    theirs: InvoiceParts | None = None,
) -> EditPage:
    title = _("Change the draft") if invoice else _("New invoice")
    if invoice:
        back = RelatedLink(_("Draft"), desk_url(invoice))
    elif booking:
        back = RelatedLink(_("Appointment"), detail_url(booking))
    else:
        back = RelatedLink(_("Choose someone else"), new_url())
    visit = booking or (invoice.booking if invoice else None)
    about = _("For %(name)s") % {"name": patient.full_name}
    if visit:
        facts = {"name": patient.full_name, "doctor": visit.doctor.display_name, "when": when_words(visit)}
        about = _("For %(name)s: the appointment with %(doctor)s on %(when)s") % facts
    return EditPage(
        title, about, back, line_rows(invoice, theirs) if invoice and theirs else [], whom_words(patient, visit)
    )


def gone_page(patient: PatientProfile, booking: Booking | None) -> EditPage:
    """In place of a draft somebody removed: what was typed can be saved as a new one."""
    page = edit_page(patient, booking=booking)
    back = RelatedLink(_("Billing"), reverse("billing:desk"))
    return replace(page, back=back, action=new_url(patient=patient, booking=booking))


def line_rows(invoice: Invoice, parts: InvoiceParts) -> list[Row]:
    """Each line and what it comes to; then the discount, the taxes and the total."""
    rows = [(line.description, line.net_cents) for line in parts.lines]
    rows += [(_("Discount"), -invoice.discount_cents)] if invoice.discount_cents else []
    rows += [(taxed_words(tax.category, tax.rate), tax.tax_cents) for tax in parts.taxes if tax.tax_cents]
    rows.append((_("Total"), invoice.total_cents))
    return [Row(label, money(cents, invoice.currency)) for label, cents in rows]


def choose_page(
    typed: str, found: Sequence[PatientProfile], booking: Booking | None, *, has_more: bool, now: datetime
) -> ChoosePage:
    visit = None
    if booking:
        facts = {"name": booking.patient.full_name, "when": when_words(booking)}
        visit = RelatedLink(_("%(name)s, %(when)s") % facts, new_url(booking=booking))
    today = hospital_day(now)
    people = [
        FoundPatient(
            name=patient.full_name,
            about=", ".join(
                filter(
                    None,
                    (
                        _("born %(born)s") % {"born": born_words(patient.date_of_birth, today)},
                        phone_words(patient.phone),
                        patient.email,
                    ),
                )
            ),
            url=new_url(patient=patient),
        )
        for patient in found
    ]
    return ChoosePage(typed, people, visit, has_more)


def issue_page(invoice: Invoice, parts: InvoiceParts) -> IssuePage:
    return IssuePage(
        name=invoice.patient.full_name,
        total=money(invoice.total_cents, invoice.currency),
        rows=line_rows(invoice, parts),
        back_url=desk_url(invoice),
    )
