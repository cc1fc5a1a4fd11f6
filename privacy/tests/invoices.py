"""What somebody was charged and paid, with a word found nowhere else in each part."""

from __future__ import annotations

from django.db.models import Model

from accounts.models import User
from accounts.tests.factories import StaffFactory
from billing.choices import Method
from billing.models import BillingDecision, CreditLine, CreditNote, Invoice, InvoiceLine, Payment, Refund, TaxTotal
from billing.services.credits import credit, refund, take_back_refund
from billing.services.drafts import LineDraft, draft_for_patient, draft_for_visit
from billing.services.issuing import issue
from billing.services.payments import take_back_payment, take_payment
from billing.services.visits import line_words
from bookings.models import Booking
from core import clock
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from privacy.tests.scene import Scene


def write_invoices(scene: Scene, booking: Booking) -> Invoice:
    """Of a visit: issued, paid, credited in part and given back; and one that is still a draft."""
    by, description = StaffFactory(), scene.planted("billing.invoiceline", "description")
    mistake, reference = (scene.planted("billing.payment", name) for name in ("reason", "reference"))
    invoice = _paid(booking, description, reference, by, mistake=mistake)
    reason, again = scene.planted("billing.creditnote", "reason"), scene.planted("billing.refund", "reason")
    _given_back(invoice, reason, scene.planted("billing.refund", "reference"), by, mistake=again)
    draft_for_patient(
        patient=PatientProfile.objects.get(pk=booking.patient_id),
        lines=[LineDraft(scene.planted("billing.invoiceline", "description"), 500)],
        by=by,
        now=clock.now(),
    )
    scene.rows += [invoice, *rows_of(invoice)]
    return invoice


def write_invoice_of_doctor(booking: Booking) -> None:
    """Whose line names the doctor, as the product writes it; the patient's to keep."""
    by = StaffFactory()
    invoice = _paid(booking, line_words("VISIT", Booking.objects.get(pk=booking.pk)), "bank 77", by)
    _given_back(invoice, "Shorter than planned", "", by)
    OutgoingMessage.objects.filter(stream=f"invoice:{invoice.pk}").delete()  # the patient's, who is somebody else


def _paid(booking: Booking, description: str, reference: str, by: User, *, mistake: str = "twice") -> Invoice:
    """At the second try: the first was entered by mistake."""
    now = clock.now()
    draft = draft_for_visit(booking=booking, lines=[LineDraft(description, 8_000)], by=by, now=now)
    invoice = issue(invoice=draft, by=by, now=now)
    first = take_payment(invoice=invoice, amount_cents=8_000, method=Method.CASH, by=by, now=now)
    take_back_payment(payment=first, reason=mistake, by=by, now=now)
    take_payment(invoice=invoice, amount_cents=8_000, method=Method.CARD, reference=reference, by=by, now=now)
    return invoice


def _given_back(invoice: Invoice, reason: str, reference: str, by: User, *, mistake: str = "twice") -> None:
    line, now = invoice.lines.get(), clock.now()
    note = credit(invoice=invoice, amounts={line.pk: 2_000}, reason=reason, by=by, now=now)
    wrong = refund(credit_note=note, amount_cents=1_000, method=Method.CASH, by=by, now=now)
    take_back_refund(refund=wrong, reason=mistake, by=by, now=now)
    refund(credit_note=note, amount_cents=2_000, method=Method.CARD, reference=reference, by=by, now=now)


def rows_of(invoice: Invoice) -> list[Model]:
    """All that hangs on an invoice."""
    return [
        *InvoiceLine.objects.filter(invoice=invoice),
        *TaxTotal.objects.filter(invoice=invoice),
        *Payment.objects.filter(invoice=invoice),
        *CreditNote.objects.filter(invoice=invoice),
        *CreditLine.objects.filter(credit_note__invoice=invoice),
        *Refund.objects.filter(credit_note__invoice=invoice),
        *BillingDecision.objects.filter(booking=invoice.booking_id),
    ]
