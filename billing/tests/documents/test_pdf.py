"""An invoice, a credit note and a receipt as files: each legal part, as it was, the same bytes for ever (G1, G2)."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.utils import translation

from billing.choices import Method, TaxCategory
from billing.documents.pdf import (
    credit_note_file_name,
    credit_note_pdf,
    invoice_file_name,
    invoice_pdf,
    receipt_file_name,
    receipt_pdf,
)
from billing.errors import NoReceipt, NotIssued
from billing.models import CreditNote, Invoice
from billing.services.credits import credit, refund
from billing.services.drafts import LineDraft, draft_for_visit
from billing.services.issuing import issue
from billing.services.payments import take_back_payment
from billing.tests.factories import make_clerk, make_draft, make_invoice, pay
from bookings.choices import Status
from bookings.tests.conftest import NOW
from bookings.tests.rows import visit
from core.tests.pdf.pdf_reader import PdfReader
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)

LONG = "Report for an insurer about everything there is to say, Donaudampfschifffahrtsgesellschaftskapitän"
TAXED: dict[str, Any] = {"category": TaxCategory.STANDARD, "rate": Decimal(20)}
LINES = [
    LineDraft("Certificate of fitness", 8_000),
    LineDraft("Report for an insurer", 12_550, quantity=Decimal("1.5"), discount_cents=500, **TAXED),
    LineDraft("Copies", 15, quantity=Decimal(33), category=TaxCategory.STANDARD, rate=Decimal("5.5")),
]


@pytest.fixture(autouse=True)
def _hospital(settings: Any) -> None:
    settings.HOSPITAL_TAX_NUMBER = "GB 123 4567 89"
    settings.INVOICE_DUE_DAYS = 14


def make_buyer(**facts: Any) -> PatientProfile:
    return make_patient(**{"full_name": "Maria Garcia", "address": "12 High Street\nLondon N1 9GU"} | facts)


def make_large_invoice(**facts: Any) -> Invoice:
    """By hand: 80.00, 188.25 less 5.00, and 4.95 are 268.20; less 10.00 spread as 2.98, 6.83 and 0.19."""
    return make_invoice(lines=LINES, discount_cents=1_000, **{"patient": make_buyer()} | facts)


def make_credit(invoice: Invoice, *amounts: int, days: int = 1) -> CreditNote:
    """So much of each of its first lines, before tax."""
    wanted = {line.pk: cents for line, cents in zip(invoice.lines.all(), amounts, strict=False)}
    now = NOW + timedelta(days=days)
    return credit(invoice=invoice, amounts=wanted, reason="The report came late", by=make_clerk(), now=now)


def said(pdf: bytes) -> list[str]:
    return PdfReader(pdf).text.split("\n")


def told(pdf: bytes) -> set[tuple[str, str]]:
    """What stands behind what: a label and its value are two pieces in a row."""
    return set(pairwise(said(pdf)))


# The invoice


def test_an_invoice_says_who_sells_to_whom_when_and_under_which_number(settings: Any) -> None:
    pdf = invoice_pdf(make_large_invoice())

    assert said(pdf)[:4] == [
        settings.HOSPITAL_NAME,
        settings.HOSPITAL_ADDRESS,
        settings.HOSPITAL_PHONE,
        "Invoice INV-2026-000001",
    ]
    assert told(pdf) >= {
        ("Invoice number", "INV-2026-000001"),
        ("Date of issue", "Wednesday 5 August 2026"),
        ("Please pay by", "Wednesday 19 August 2026"),
        ("Our tax number", "GB 123 4567 89"),
        ("Billed to", "Maria Garcia"),
        ("Maria Garcia", "12 High Street"),
        ("12 High Street", "London N1 9GU"),
    }
    assert "Day of the visit" not in said(pdf)


def test_an_invoice_says_each_line_its_discount_and_tax_and_what_it_comes_to() -> None:
    words = said(invoice_pdf(make_large_invoice()))

    first = words.index("For")
    assert words[first : first + 6] == ["For", "Quantity", "Fee", "Discount", "Without tax", "Tax"]
    joined = "|".join(words)
    assert "Certificate of fitness|1|£80.00|£80.00|Exempt" in joined
    assert "Report for an insurer|1.5|£125.50|-£5.00|£183.25|20%" in joined
    assert "Copies|33|£0.15|£4.95|5.5%" in joined
    sums = ["All lines|£268.20", "Discount|-£10.00", "Total without tax|£258.20", "Tax|£35.54", "Total to pay|£293.74"]
    assert "|".join(sums) in joined


def test_an_invoice_says_its_tax_by_category_and_rate_and_why_care_is_exempt(settings: Any) -> None:
    settings.TAX_EXEMPTION_WORDS, settings.TAX_EXEMPTION_CODE = "Exempt: care of the sick", "VATEX-EU-132-1B"
    joined = "|".join(said(invoice_pdf(make_large_invoice())))

    assert "Exempt|Exempt: care of the sick (VATEX-EU-132-1B)|£77.02|£0.00" in joined
    assert "5.5%|£4.76|£0.26|20%|£176.42|£35.28" in joined


def test_without_discounts_there_is_no_word_of_them() -> None:
    words = said(invoice_pdf(make_invoice(8_000)))

    assert {"Discount", "All lines"}.isdisjoint(words)
    assert "Certificate 1|1|£80.00|£80.00|Exempt" in "|".join(words)


def test_an_invoice_of_a_visit_says_its_day_and_no_more_of_it() -> None:
    doctor, clerk = make_doctor(full_name="Xavier Canary"), make_clerk()
    booking = visit(make_buyer(), doctor, NOW - timedelta(days=1), Status.COMPLETED)
    booking.reason = "Xylophone fever"
    booking.save(update_fields=["reason"])
    draft = draft_for_visit(booking=booking, lines=[LineDraft("Appointment", 8_000)], by=clerk, now=NOW)

    pdf = invoice_pdf(issue(invoice=draft, by=clerk, now=NOW))

    assert ("Day of the visit", "Tuesday 4 August 2026") in told(pdf)
    text = PdfReader(pdf).text
    assert not any(word in text for word in ("Canary", "Xylophone", doctor.department.name, booking.reference))


def test_an_invoice_stays_as_it_was_issued_whatever_changes_since(settings: Any) -> None:
    invoice = make_large_invoice()
    before = invoice_pdf(invoice)

    settings.HOSPITAL_NAME, settings.HOSPITAL_ADDRESS, settings.HOSPITAL_TAX_NUMBER = "Other", "Elsewhere", "XX 1"
    settings.CURRENCY, settings.INVOICE_DUE_DAYS, settings.TAX_EXEMPTION_WORDS = "JPY", 1, "Not any more"
    PatientProfile.objects.filter(pk=invoice.patient_id).update(address="Moved")
    pay(invoice, 5_000)
    make_credit(invoice, 100)

    assert invoice_pdf(Invoice.objects.get()) == before


def test_a_draft_is_no_document() -> None:
    with pytest.raises(NotIssued):
        invoice_pdf(make_draft())


# The credit note


def test_a_credit_note_names_its_invoice_and_says_why_and_what_is_credited() -> None:
    note = make_credit(make_large_invoice(), 1_000, 500)
    pdf = credit_note_pdf(note)

    assert "Credit note CRN-2026-000001" in said(pdf)
    assert told(pdf) >= {
        ("Credit note number", "CRN-2026-000001"),
        ("Date of issue", "Thursday 6 August 2026"),
        ("For invoice", "INV-2026-000001 of Wednesday 5 August 2026"),
        ("Reason", "The report came late"),
        ("Our tax number", "GB 123 4567 89"),
        ("Billed to", "Maria Garcia"),
    }
    joined = "|".join(said(pdf))
    assert "Certificate of fitness|£10.00|Exempt|Report for an insurer|£5.00|20%" in joined
    assert "Total without tax|£15.00|Tax|£1.00|Total credited|£16.00" in joined
    assert "|£10.00|£0.00|20%|£5.00|£1.00" in joined
    assert "Copies" not in joined
    assert credit_note_pdf(CreditNote.objects.get()) == pdf


# The receipt


def test_a_receipt_says_what_was_paid_now_in_total_and_what_is_open() -> None:
    invoice = make_large_invoice()
    pay(invoice, 5_000)
    payment = pay(invoice, 6_000, method=Method.CARD, reference="T-123", now=NOW + timedelta(hours=1))
    pdf = receipt_pdf(payment)

    assert told(pdf) >= {
        ("Received on", "Wednesday 5 August 2026"),
        ("Paid by", "Card"),
        ("Reference", "T-123"),
        ("For invoice", "INV-2026-000001 of Wednesday 5 August 2026"),
        ("Our tax number", "GB 123 4567 89"),
        ("Billed to", "Maria Garcia"),
    }
    sums = "Total of the invoice|£293.74|Paid before|£50.00|Paid now|£60.00|Paid in total|£110.00|Still to pay|£183.74"
    assert sums in "|".join(said(pdf))


def test_what_was_credited_before_is_on_a_receipt() -> None:
    invoice = make_invoice(10_000)
    make_credit(invoice, 2_500)

    sums = "Total of the invoice|£100.00|Credited|-£25.00|Paid now|£30.00|Paid in total|£30.00|Still to pay|£45.00"
    assert sums in "|".join(said(receipt_pdf(pay(invoice, 3_000, now=NOW + timedelta(days=2)))))


def test_what_was_taken_back_and_given_back_before_is_on_a_receipt() -> None:
    invoice = make_invoice(8_000)
    pay(invoice, 5_000)
    mistake = pay(invoice, 3_000)
    note = make_credit(invoice, 4_000)
    refund(credit_note=note, amount_cents=4_000, method=Method.CASH, by=make_clerk(), now=NOW + timedelta(days=2))
    take_back_payment(payment=mistake, reason="Another invoice", by=make_clerk(), now=NOW + timedelta(days=3))

    joined = "|".join(said(receipt_pdf(pay(invoice, 1_000, now=NOW + timedelta(days=4)))))
    assert "Credited|-£40.00|Paid before|£50.00|Given back|-£40.00|Paid now|£10.00|Paid in total|£20.00" in joined
    assert "Still to pay|£20.00" in joined


def test_the_receipt_of_a_mistake_says_that_it_was_taken_back_and_that_has_none() -> None:
    payment = pay(make_invoice(8_000), 5_000)
    assert "taken back" not in PdfReader(receipt_pdf(payment)).text

    back = take_back_payment(payment=payment, reason="Canary", by=make_clerk(), now=NOW + timedelta(days=1))

    text = " ".join(PdfReader(receipt_pdf(payment)).text.split())
    assert "entered by mistake, and taken back on Thursday 6 August 2026." in text
    assert "Paid now £50.00" in text
    assert "Canary" not in text
    with pytest.raises(NoReceipt):
        receipt_pdf(back)


def test_of_two_payments_in_one_instant_one_is_the_first() -> None:
    invoice = make_invoice(8_000)
    receipts = ["|".join(said(receipt_pdf(payment))) for payment in (pay(invoice, 5_000), pay(invoice, 3_000))]

    assert sorted("Paid before" in receipt for receipt in receipts) == [False, True]
    assert sorted("Still to pay|£0.00" in receipt for receipt in receipts) == [False, True]


def test_a_receipt_stays_as_it_was_whatever_comes_after() -> None:
    invoice = make_large_invoice()
    payment = pay(invoice, 5_000)
    before = receipt_pdf(payment)

    pay(invoice, 6_000, now=NOW + timedelta(hours=1))
    make_credit(invoice, 7_000, 17_000)
    note = CreditNote.objects.get()
    refund(credit_note=note, amount_cents=100, method=Method.CASH, by=make_clerk(), now=NOW + timedelta(days=1))

    assert receipt_pdf(payment) == before


# As files


def test_nobodys_name_is_in_the_name_of_a_file() -> None:
    invoice = make_large_invoice()
    payment, note = pay(invoice, 5_000), make_credit(invoice, 100)

    names = [invoice_file_name(invoice), credit_note_file_name(note), receipt_file_name(payment)]
    end = str(payment.pk)[-6:]
    assert names == ["INV-2026-000001.pdf", "CRN-2026-000001.pdf", f"receipt-INV-2026-000001-2026-08-05-{end}.pdf"]


def test_two_receipts_of_a_day_are_two_files() -> None:
    invoice = make_invoice()

    assert len({receipt_file_name(pay(invoice, 1_000)) for _ in range(3)}) == 3


@pytest.mark.parametrize("discount", [0, 100])
def test_no_word_of_what_it_is_for_is_broken_in_two(discount: int) -> None:
    days = ("Monday 2 November 2026", "Wednesday 30 September 2026", "Saturday 28 February 2026")
    names = ("Dr Sarah Smith", "Dr Maximilian Featherstonehaugh")
    occasions = ("Appointment on", "Late cancellation of the appointment on", "Missed appointment on")
    lines = [
        LineDraft(f"{what} {day}, {who}", 8_000, discount_cents=discount)
        for what in occasions
        for day in days
        for who in names
    ]

    text = PdfReader(invoice_pdf(make_invoice(lines=lines))).text
    assert "November" in text
    assert not re.findall(r"\w+\n-\n\w+", text)


def test_each_is_tagged_titled_and_dated_by_its_own_day() -> None:
    invoice = make_large_invoice()
    payment, note = pay(invoice, 5_000), make_credit(invoice, 100)

    for pdf, title, day in (
        (invoice_pdf(invoice), "Invoice INV-2026-000001", "2026-08-05"),
        (credit_note_pdf(note), "Credit note CRN-2026-000001", "2026-08-06"),
        (receipt_pdf(payment), "Receipt for invoice INV-2026-000001", "2026-08-05"),
    ):
        document = PdfReader(pdf)
        assert "<pdfuaid:part>1</pdfuaid:part>" in document.metadata
        assert f">{title}<" in document.metadata
        assert f"<xmp:CreateDate>{day}T" in document.metadata
        assert document.text.endswith(f"\n{title}, Maria Garcia\nPage 1 of 1")


def test_forty_lines_run_over_pages_and_each_has_its_header_and_foot() -> None:
    document = PdfReader(invoice_pdf(make_invoice(*[8_000] * 40, patient=make_buyer())))

    assert len(document.pages) == 2
    assert document.tags.count("TH") == 5 + 3
    for number, page in enumerate(document.pages, start=1):
        assert "\nQuantity" in page
        assert page.endswith(f"\nInvoice INV-2026-000001, Maria Garcia\nPage {number} of 2")
    assert ("Total to pay", "£3,200.00") in told(invoice_pdf(Invoice.objects.get()))


@pytest.mark.parametrize(
    ("currency", "cents", "words"),
    [("JPY", 1_234_567, "¥1,234,567"), ("KWD", 80_125, "80.125 KWD"), ("EUR", 123_456, "€1,234.56")],
)
def test_amounts_are_in_the_invoices_own_currency(settings: Any, currency: str, cents: int, words: str) -> None:
    settings.CURRENCY = currency
    invoice = make_invoice(cents)
    settings.CURRENCY = "GBP"

    assert ("Total to pay", words) in told(invoice_pdf(invoice))
    assert ("Paid now", words) in told(receipt_pdf(pay(invoice, cents)))
    assert ("Total credited", words) in told(credit_note_pdf(make_credit(invoice, cents)))


@pytest.mark.parametrize(
    ("name", "address", "font"),
    [
        ("محمد بن عبد الله الأحمد", "شارع الملك فهد ١٢\nالرياض 12271", "NotoSansArabic-Regular"),
        ("प्रिया शर्मा", "१२ महात्मा गांधी मार्ग\nमुंबई", "NotoSans-Regular"),
        ("王小明", "北京市朝阳区", "NotoSansSC-Regular"),
    ],
)
def test_buyers_of_any_script_are_printed(name: str, address: str, font: str) -> None:
    document = PdfReader(invoice_pdf(make_invoice(8_000, patient=make_buyer(full_name=name, address=address))))

    assert set(name[0]) <= set("".join(document.letters[font]))
    assert "□" not in document.text


def test_the_longest_words_stay_on_their_page() -> None:
    lines = [LineDraft((LONG * 3)[:200], 10**11, discount_cents=10**10, quantity=Decimal("99.999"), **TAXED)]
    buyer = make_buyer(full_name=("W" * 120), address="W" * 400)
    invoice = make_invoice(lines=lines, patient=buyer)

    for pdf in (invoice_pdf(invoice), credit_note_pdf(make_credit(invoice, 10**9))):
        document = PdfReader(pdf)
        assert len(document.pages) <= 2
        assert max(left for page in document.runs for left, _ in page) < 560  # of 595 points


def test_it_is_made_in_the_language_of_whoever_asks() -> None:
    invoice = make_invoice(8_000)

    with translation.override("ar"):
        arabic = PdfReader(invoice_pdf(invoice))

    assert arabic.languages == {"ar"}
    assert "Wednesday 5 August 2026" not in arabic.text
