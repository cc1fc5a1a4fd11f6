"""What the audit trail says of money: sentences, amounts and numbers, and nobody's name or words (H4)."""

from __future__ import annotations

import pytest

from audit.models import Entry
from audit.presenters import what
from billing.choices import Method
from billing.models import DoctorFees
from billing.services.credits import credit, refund
from billing.services.drafts import LineDraft, change_draft, drop_draft
from billing.services.issuing import issue
from billing.services.payments import take_back_payment
from billing.tests.factories import make_clerk, make_draft, pay
from bookings.tests.conftest import NOW
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)


def sentences() -> list[str]:
    return [what(entry) for entry in Entry.objects.filter(model__startswith="billing.").order_by("pgh_id")]


def test_an_invoice_is_told_from_draft_to_refund() -> None:
    clerk = make_clerk()
    draft = make_draft(by=clerk)
    changed = change_draft(
        invoice=draft, lines=[LineDraft("Report", 9_000)], discount_cents=0, revision=1, by=clerk, now=NOW
    )
    invoice = issue(invoice=changed, by=clerk, now=NOW)
    mistake = pay(invoice, 9_000, by=clerk)
    take_back_payment(payment=mistake, reason="Wrong patient", by=clerk, now=NOW)
    pay(invoice, 9_000, by=clerk)
    note = credit(invoice=invoice, reason="Twice", by=clerk, now=NOW)
    refund(credit_note=note, amount_cents=9_000, method=Method.CASH, by=clerk, now=NOW)

    assert sentences() == [
        "Invoice drafted",
        "Invoice edited",
        "Invoice INV-2026-000001 issued",
        "Payment entered",
        "Payment entered, to take another back",
        "Payment entered",
        "Credit note CRN-2026-000001 issued",
        "Refund entered",
    ]


def test_a_dropped_draft_says_why() -> None:
    draft = make_draft()
    drop_draft(invoice=draft, revision=1, reason="Agreed on the telephone", by=make_clerk(), now=NOW)

    entry = Entry.objects.filter(model="billing.invoice").latest("pgh_id")
    assert (what(entry), entry.reason) == ("Invoice dropped", "Agreed on the telephone")


def test_fees_of_a_doctor_are_told_with_their_percentages() -> None:
    fees = DoctorFees.objects.create(doctor=make_doctor(), missed_visit_percent=50)
    fees.missed_visit_percent = 60
    fees.save()

    made, changed = Entry.objects.filter(model="billing.doctorfees").order_by("pgh_id")
    assert what(made) == "Fees of a doctor created"
    assert (changed.before, changed.after) == ({"missed_visit_percent": 50}, {"missed_visit_percent": 60})


def test_amounts_and_numbers_are_kept_and_nothing_that_was_typed() -> None:
    clerk = make_clerk()
    patient = make_patient(full_name="Zuleika Canarybird", address="Canarystreet 9")
    draft = make_draft(patient=patient, lines=[LineDraft("canaryline", 8_000)], by=clerk)
    invoice = issue(invoice=draft, by=clerk, now=NOW)
    pay(invoice, 8_000, method=Method.CARD, reference="canaryreference", by=clerk)
    note = credit(invoice=invoice, reason="canaryreason", by=clerk, now=NOW)
    refund(credit_note=note, amount_cents=8_000, method=Method.CARD, reference="canaryrefund", by=clerk, now=NOW)

    rows = list(Entry.objects.filter(model__startswith="billing.").values())
    assert "canary" not in str(rows).lower()
    assert "8000" in str(rows)
    assert invoice.number in str(rows)
    assert Method.CARD in str(rows)
