"""An invoice from draft to credit note, by the services (G1, G2)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.choices import Method, PaymentStatus, TaxCategory
from billing.errors import (
    AlreadyIssued,
    CreditTooLarge,
    DraftChanged,
    DraftGone,
    GivenBackAlready,
    NothingToCredit,
    NothingToInvoice,
    NotIssued,
    Overpayment,
    ReasonNotGiven,
    ReferenceMissing,
    ReferenceUsed,
    RefundTooLarge,
    TakenBackAlready,
    TaxNumberMissing,
)
from billing.models import CreditNote, Payment
from billing.services.credits import credit, refund, take_back_refund
from billing.services.drafts import LineDraft, change_draft, drop_draft
from billing.services.issuing import issue
from billing.services.payments import mark_paid, take_back_payment, take_payment
from billing.tests.conftest import NOW
from billing.tests.factories import make_clerk, make_draft, make_invoice, pay, stands
from integrations.models import OutgoingMessage
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)

TAXED = LineDraft("Report for an insurer", 10_000, category=TaxCategory.STANDARD, rate=Decimal(20))
EXEMPT = LineDraft("Certificate", 8_000)


def test_a_draft_has_no_number_and_can_be_changed() -> None:
    draft = make_draft(8_000)

    changed = change_draft(
        invoice=draft, lines=[EXEMPT, TAXED], discount_cents=1_800, revision=1, by=make_clerk(), now=NOW
    )

    assert (changed.number, changed.revision) == ("", 2)
    assert [(line.net_cents, line.share_cents) for line in changed.lines.all()] == [(8_000, 800), (10_000, 1_000)]
    assert [(tax.category, tax.taxable_cents, tax.tax_cents) for tax in changed.taxes.all()] == [
        ("E", 7_200, 0),
        ("S", 9_000, 1_800),
    ]
    assert (changed.net_cents, changed.tax_cents, changed.total_cents) == (16_200, 1_800, 18_000)


def test_who_opened_the_draft_before_it_changed_is_told() -> None:
    draft, clerk = make_draft(8_000), make_clerk()
    change_draft(invoice=draft, lines=[TAXED], discount_cents=0, revision=1, by=clerk, now=NOW)

    with pytest.raises(DraftChanged):
        change_draft(invoice=draft, lines=[EXEMPT], discount_cents=0, revision=1, by=clerk, now=NOW)
    with pytest.raises(DraftChanged):
        issue(invoice=draft, revision=1, by=clerk, now=NOW)
    with pytest.raises(DraftChanged):
        drop_draft(invoice=draft, revision=1, reason="Agreed", by=clerk, now=NOW)


def test_a_dropped_draft_leaves_no_gap() -> None:
    clerk = make_clerk()
    drop_draft(invoice=(gone := make_draft(by=clerk)), revision=1, reason="Entered twice", by=clerk, now=NOW)

    with pytest.raises(DraftGone):
        issue(invoice=gone, by=clerk, now=NOW)
    assert make_invoice(by=clerk).number == "INV-2026-000001"
    assert make_invoice(by=clerk).number == "INV-2026-000002"


def test_without_a_tax_number_nothing_is_issued_with_tax(settings: Any) -> None:
    settings.HOSPITAL_TAX_NUMBER = ""
    taxed, exempt, clerk = make_draft(lines=[EXEMPT, TAXED]), make_draft(lines=[EXEMPT]), make_clerk()

    with pytest.raises(TaxNumberMissing):
        issue(invoice=taxed, by=clerk, now=NOW)
    assert issue(invoice=exempt, by=clerk, now=NOW).number == "INV-2026-000001"


def test_issuing_keeps_who_sold_and_who_bought(settings: Any) -> None:
    patient = make_patient(full_name="Jo Ram", address="1 High Street\nLondon")

    invoice = make_invoice(patient=patient)

    assert (invoice.buyer_name, invoice.buyer_address) == ("Jo Ram", "1 High Street\nLondon")
    assert (invoice.seller_name, invoice.seller_tax_number) == (settings.HOSPITAL_NAME, "GB 123 4567 89")
    assert invoice.due_on == NOW.date() + timedelta(days=14)


def test_issuing_mails_it_once() -> None:
    invoice = make_invoice()

    assert OutgoingMessage.objects.filter(action="INVOICE", dedupe_key=f"INVOICE:{invoice.pk}:").count() == 1


def test_an_invoice_of_nothing_is_not_issued() -> None:
    draft = make_draft(lines=[EXEMPT], discount_cents=8_000)

    with pytest.raises(NothingToInvoice):
        issue(invoice=draft, by=make_clerk(), now=NOW)


def test_an_issued_invoice_is_not_changed_dropped_or_issued_again() -> None:
    invoice, clerk = make_invoice(), make_clerk()

    with pytest.raises(AlreadyIssued):
        change_draft(invoice=invoice, lines=[TAXED], discount_cents=0, revision=1, by=clerk, now=NOW)
    with pytest.raises(AlreadyIssued):
        drop_draft(invoice=invoice, revision=1, reason="Agreed", by=clerk, now=NOW)
    with pytest.raises(AlreadyIssued):
        issue(invoice=invoice, by=clerk, now=NOW)


def test_the_numbers_begin_again_with_the_year(settings: Any) -> None:
    make_invoice(now=NOW)
    settings.INVOICE_YEAR_STARTS = 9

    assert make_invoice(now=NOW).number == "INV-2025-000001"
    settings.INVOICE_YEAR_STARTS = 1
    assert make_invoice(now=NOW + timedelta(days=149)).number == "INV-2027-000001"


# Payments


def test_half_in_cash_and_half_by_card() -> None:
    invoice = make_invoice(8_001)

    pay(invoice, 4_000)
    assert stands(invoice).status == PaymentStatus.PENDING
    pay(invoice, 4_001, method=Method.CARD, reference="T-1")

    assert stands(invoice).status == PaymentStatus.PAID
    assert stands(invoice).open_cents == 0


def test_more_than_is_open_is_refused_in_words() -> None:
    invoice = make_invoice(8_000)
    pay(invoice, 5_000)

    with pytest.raises(Overpayment):
        pay(invoice, 3_001)
    assert Payment.objects.count() == 1


def test_a_draft_takes_no_payment() -> None:
    with pytest.raises(NotIssued):
        pay(make_draft(), 100)


def test_mark_as_paid_again_is_harmless() -> None:
    invoice, clerk = make_invoice(8_000), make_clerk()
    pay(invoice, 3_000)

    first = mark_paid(invoice=invoice, method=Method.CASH, by=clerk, now=NOW)
    again = mark_paid(invoice=invoice, method=Method.CASH, by=clerk, now=NOW)

    assert first is not None
    assert (first.amount_cents, again) == (5_000, None)


def test_the_reference_of_a_card_payment_is_its_own() -> None:
    one, other = make_invoice(), make_invoice()
    pay(one, 100, method=Method.CARD, reference="T-1")

    with pytest.raises(ReferenceUsed):
        pay(other, 100, method=Method.CARD, reference=" T-1 ")
    with pytest.raises(ReferenceMissing):
        pay(other, 100, method=Method.ONLINE, reference="  ")
    pay(other, 100, method=Method.ONLINE, reference="T-1")
    pay(other, 100, method=Method.CASH)


def test_a_payment_entered_by_mistake_is_taken_back_and_both_stay() -> None:
    one, other, clerk = make_invoice(8_000), make_invoice(8_000), make_clerk()
    wrong = pay(one, 8_000, method=Method.CARD, reference="T-1")

    back = take_back_payment(payment=wrong, reason="The other invoice", by=clerk, now=NOW)
    right = pay(other, 8_000, method=Method.CARD, reference="T-1")

    assert (back.amount_cents, back.takes_back, right.attempt) == (-8_000, wrong, 2)
    assert (stands(one).open_cents, stands(other).open_cents) == (8_000, 0)
    with pytest.raises(TakenBackAlready):
        take_back_payment(payment=wrong, reason="Again", by=clerk, now=NOW)
    with pytest.raises(TakenBackAlready):
        take_back_payment(payment=back, reason="That too", by=clerk, now=NOW)
    with pytest.raises(ReferenceUsed):
        pay(one, 8_000, method=Method.CARD, reference="T-1")
    with pytest.raises(ReasonNotGiven):
        take_back_payment(payment=right, reason=" ", by=clerk, now=NOW)


def test_what_was_given_back_is_not_taken_back_as_well() -> None:
    invoice, clerk = make_invoice(8_000), make_clerk()
    first, second = pay(invoice, 5_000), pay(invoice, 3_000)
    note = credit(invoice=invoice, reason="Wrong", by=clerk, now=NOW)
    refund(credit_note=note, amount_cents=4_000, method=Method.CASH, by=clerk, now=NOW)

    with pytest.raises(GivenBackAlready):
        take_back_payment(payment=first, reason="Entered twice", by=clerk, now=NOW)
    take_back_payment(payment=second, reason="Entered twice", by=clerk, now=NOW)
    assert stands(invoice).owed_cents == 1_000


# Credit notes and refunds


def test_crediting_one_line_leaves_the_rest() -> None:
    clerk = make_clerk()
    invoice = make_invoice(lines=[EXEMPT, TAXED], by=clerk)
    taxed = invoice.lines.get(position=2)

    note = credit(invoice=invoice, amounts={taxed.pk: 10_000}, reason="Not needed", by=clerk, now=NOW)

    assert note.number == "CRN-2026-000001"
    assert (note.net_cents, note.tax_cents, note.total_cents) == (10_000, 2_000, 12_000)
    assert (stands(invoice).open_cents, stands(invoice).status) == (8_000, PaymentStatus.PENDING)


def test_wholly_credited_is_cancelled_and_credited_once() -> None:
    invoice, clerk = make_invoice(), make_clerk()

    credit(invoice=invoice, reason="Wrong patient", by=clerk, now=NOW)

    assert stands(invoice).status == PaymentStatus.CANCELLED
    with pytest.raises(NothingToCredit):
        credit(invoice=invoice, reason="Again", by=clerk, now=NOW)
    with pytest.raises(Overpayment):
        pay(invoice, 1)


def test_credits_in_parts_give_back_exactly_the_tax() -> None:
    clerk = make_clerk()
    lines = [LineDraft(f"Report {n}", 33, category=TaxCategory.STANDARD, rate=Decimal(20)) for n in range(3)]
    invoice = make_invoice(lines=lines, by=clerk)

    for line in invoice.lines.all():
        credit(invoice=invoice, amounts={line.pk: 33}, reason="Not needed", by=clerk, now=NOW)

    assert (invoice.tax_cents, sum(note.tax_cents for note in CreditNote.objects.all())) == (20, 20)
    assert stands(invoice).status == PaymentStatus.CANCELLED


def test_more_than_is_left_of_a_line_is_not_credited() -> None:
    invoice, clerk = make_invoice(8_000), make_clerk()
    line = invoice.lines.get()
    credit(invoice=invoice, amounts={line.pk: 5_000}, reason="Half", by=clerk, now=NOW)

    with pytest.raises(CreditTooLarge):
        credit(invoice=invoice, amounts={line.pk: 3_001}, reason="More", by=clerk, now=NOW)
    with pytest.raises(CreditTooLarge):
        credit(invoice=invoice, amounts={line.pk + 1: 1}, reason="Another's", by=clerk, now=NOW)
    with pytest.raises(ReasonNotGiven):
        credit(invoice=invoice, amounts={line.pk: 1}, reason="  ", by=clerk, now=NOW)
    with pytest.raises(NothingToCredit):
        credit(invoice=invoice, amounts={line.pk: 0}, reason="None", by=clerk, now=NOW)


def test_money_is_given_back_against_a_credit_note_and_never_more_than_was_paid_too_much() -> None:
    invoice, clerk = make_invoice(8_000), make_clerk()
    pay(invoice, 6_000)
    note = credit(invoice=invoice, amounts={invoice.lines.get().pk: 5_000}, reason="Half", by=clerk, now=NOW)

    assert (stands(invoice).owed_cents, stands(invoice).status) == (3_000, PaymentStatus.PAID)
    with pytest.raises(RefundTooLarge):
        refund(credit_note=note, amount_cents=3_001, method=Method.CASH, by=clerk, now=NOW)
    refund(credit_note=note, amount_cents=3_000, method=Method.CASH, by=clerk, now=NOW)
    with pytest.raises(RefundTooLarge):
        refund(credit_note=note, amount_cents=1, method=Method.CASH, by=clerk, now=NOW)
    assert stands(invoice).left == 0


def test_take_payment_is_what_the_factory_calls() -> None:
    """The factory hides no argument: who received it and when are kept."""
    invoice, clerk = make_invoice(), make_clerk()

    payment = take_payment(invoice=invoice, amount_cents=1, method=Method.INSURANCE, by=clerk, now=NOW)

    assert (payment.received_by, payment.received_at) == (clerk, NOW)


def test_a_refund_entered_by_mistake_is_taken_back_and_both_stay() -> None:
    invoice, clerk = make_invoice(8_000), make_clerk()
    pay(invoice, 8_000)
    note = credit(invoice=invoice, reason="Wrong", by=clerk, now=NOW)
    wrong = refund(credit_note=note, amount_cents=8_000, method=Method.CARD, reference="R-1", by=clerk, now=NOW)

    back = take_back_refund(refund=wrong, reason="It was cash", by=clerk, now=NOW)

    assert (back.amount_cents, back.takes_back, stands(invoice).owed_cents) == (-8_000, wrong, 8_000)
    for one in (wrong, back):
        with pytest.raises(TakenBackAlready):
            take_back_refund(refund=one, reason="Again", by=clerk, now=NOW)
    with pytest.raises(ReasonNotGiven):
        take_back_refund(refund=wrong, reason=" ", by=clerk, now=NOW)
    refund(credit_note=note, amount_cents=8_000, method=Method.CASH, by=clerk, now=NOW)
    assert stands(invoice).left == 0


def test_what_happens_to_an_invoice_is_told_in_its_order_whoever_waited() -> None:
    """The moment is read before the wait for the lock: the later one may come first."""
    invoice, clerk = make_invoice(8_000), make_clerk()

    first = pay(invoice, 1_000, now=NOW + timedelta(seconds=3))
    second = pay(invoice, 7_000, now=NOW)
    note = credit(invoice=invoice, reason="Wrong", by=clerk, now=NOW)
    back = refund(credit_note=note, amount_cents=8_000, method=Method.CASH, by=clerk, now=NOW)

    assert first.received_at < second.received_at < note.issued_at < back.refunded_at
    assert back.refunded_at - first.received_at < timedelta(milliseconds=1)
