"""The addresses of invoices, credit notes and receipts: who gets them, and what the answer says of itself (G2)."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from audit.choices import Kind
from audit.models import Entry
from billing.documents import pdf
from billing.links import credit_note_pdf_url, invoice_pdf_url, receipt_url
from billing.models import Invoice
from billing.services.credits import credit
from billing.tests.factories import make_clerk, make_draft, make_invoice, pay
from bookings.tests.conftest import NOW
from bookings.tests.people import browser_of, text_of
from core.pdf.errors import PdfError
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("now")]


def papers(invoice: Invoice) -> dict[str, str]:
    """The addresses of an invoice's papers, and what each file is called."""
    payment = pay(invoice, 1_000)
    note = credit(invoice=invoice, reason="Billed twice", by=make_clerk(), now=NOW)
    return {
        invoice_pdf_url(invoice): f"{invoice.number}.pdf",
        credit_note_pdf_url(note): f"{note.number}.pdf",
        receipt_url(payment): f"receipt-{invoice.number}-2026-08-05-{str(payment.pk)[-6:]}.pdf",
    }


def reads() -> list[Entry]:
    return list(Entry.objects.filter(pgh_label=Kind.PERSONAL_DATA_READ).order_by("pgh_id"))


def test_the_patient_downloads_them_and_nobody_is_told() -> None:
    invoice = make_invoice()
    browser = browser_of(invoice.patient.user)

    for address, name in papers(invoice).items():
        answer = browser.get(address)
        assert answer.content.startswith(b"%PDF-"), address
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer["Cache-Control"] == "private, no-store"
    assert reads() == []


def test_whoever_cares_for_the_patient_gets_them_until_they_are_removed() -> None:
    guardian = make_patient()
    person = make_person(guardian)
    addresses = papers(make_invoice(patient=person))
    browser = browser_of(guardian.user)
    assert {browser.get(address).status_code for address in addresses} == {200}

    PatientProfile.objects.filter(pk=person.pk).update(removed_at=NOW)

    assert {browser.get(address).status_code for address in addresses} == {404}


@pytest.mark.parametrize("kind", StaffRole)
def test_staff_who_see_invoices_get_them_and_the_trail_says_so(kind: StaffRole) -> None:
    invoice = make_invoice()
    addresses = papers(invoice)
    browser = browser_of(make_staff(kind))

    assert {browser.get(address).status_code for address in addresses} == {200}
    assert [entry.details["what"] for entry in reads()] == ["invoice", "credit note", "receipt"]


def test_nobody_else_gets_them() -> None:
    invoice = make_invoice(doctor=make_doctor())
    assert invoice.doctor
    strangers = [browser_of(user) for user in (make_patient().user, invoice.doctor.user)]

    for address in papers(invoice):
        assert {browser.get(address).status_code for browser in strangers} == {404}, address
        assert {browser.head(address).status_code for browser in strangers} == {405}, address


def test_a_draft_has_no_paper() -> None:
    draft = make_draft()
    browser = browser_of(make_clerk())

    for number in ("Draft", str(draft.pk)):
        assert browser.get(reverse("billing:invoice_pdf", args=[number])).status_code == 404


def test_a_paper_that_can_not_be_made_is_a_calm_page(monkeypatch: pytest.MonkeyPatch) -> None:
    invoice = make_invoice()
    browser = browser_of(invoice.patient.user)
    browser.raise_request_exception = False

    def fail(*args: Any, **facts: Any) -> bytes:
        raise PdfError("no place")

    monkeypatch.setattr(pdf, "make_pdf", fail)
    answer = browser.get(invoice_pdf_url(invoice))

    assert answer.status_code == 500
    assert "Something went wrong on our side" in text_of(answer)
    assert "no place" not in text_of(answer)
