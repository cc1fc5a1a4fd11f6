"""What a patient wrote of a visit, and what a doctor wrote of it, is nowhere in billing: no table, page, paper, mail,
file or log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, get_resolver, reverse

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from billing.choices import Method
from billing.documents import pdf
from billing.models import CreditNote, Invoice, Payment
from billing.services.credits import credit, refund
from billing.services.issuing import issue
from billing.services.visits import settle_visit
from billing.tests.factories import make_clerk, pay
from bookings.links import detail_url, step_url
from bookings.models import Booking
from bookings.services.cancel import cancel
from bookings.services.steps import check_in, complete
from bookings.tests.conftest import NOW
from bookings.tests.people import browser_of, confirmed, hidden, slot_in, text_of
from core.tests.pdf.pdf_reader import PdfReader
from integrations.models import OutgoingMessage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("now")]

CANARIES = ("canaryreason", "canarynotes", "canarycancelled", "canarydiagnosis", "canaryrecord", "canarymedicine")
ADMIN = ("invoice", "payment", "creditnote", "refund", "doctorfees")


def said(*texts: object) -> list[str]:
    together = "\n".join(map(str, texts))
    return [word for word in CANARIES if word in together]


def make_told_visit() -> Booking:
    """A visit of which everybody wrote all they could; its record is signed."""
    booking = confirmed(slot=slot_in(hours=1 / 6), reason="canaryreason")
    Booking.objects.filter(pk=booking.pk).update(notes="canarynotes")
    doctor = booking.doctor.user
    check_in(booking=booking, by=doctor, now=NOW)
    _sign(browser_of(doctor), step_url(booking, "clinical:record"))
    return complete(booking=Booking.objects.get(pk=booking.pk), by=doctor, now=NOW)


def _sign(browser: Client, url: str) -> None:
    page = browser.get(url)
    form = {name: hidden(page, name) for name in ("based_on", "revision", "medicines", "seen_warnings")}
    medicine = {"medicine0_name": "canarymedicine", "medicine0_dose": "5 mg", "medicine0_frequency": "once a day"}
    words = {"diagnosis": "canarydiagnosis", "notes": "canaryrecord"}
    assert browser.post(url, {**form, **words, **medicine, "act": "sign"}).status_code == 302


def make_told_cancellation(settings: Any) -> Booking:
    """One that its patient cancelled too late, and said why."""
    settings.LATE_CANCELLATION_PERCENT = 50
    booking = confirmed(hours=5, reason="canaryreason")
    return cancel(booking=booking, by=booking.patient.user, reason="canarycancelled", now=NOW)


def bill(booking: Booking) -> Invoice:
    """Drafted by itself, issued, half of it paid, credited and given back."""
    clerk = make_clerk()
    settle_visit(booking_id=booking.pk, now=NOW)
    invoice = issue(invoice=Invoice.objects.get(booking=booking), by=clerk, now=NOW)
    pay(invoice, invoice.total_cents, by=clerk)
    half = {invoice.lines.get().pk: invoice.total_cents // 2}
    note = credit(invoice=invoice, amounts=half, reason="Goodwill", by=clerk, now=NOW)
    refund(credit_note=note, amount_cents=note.total_cents, method=Method.CASH, by=clerk, now=NOW)
    return invoice


def pages_of_billing(invoice: Invoice) -> Iterator[str]:
    """Every address of the room, about this invoice."""
    note, payment = CreditNote.objects.get(invoice=invoice), Payment.objects.get(invoice=invoice)
    known: dict[str, object] = {
        "invoice_number": invoice.number,
        "note_number": note.number,
        "payment_id": payment.pk,
        "note_id": note.pk,
        "credit_note_id": note.pk,
        "reference": invoice.booking.reference if invoice.booking else "",
        "patient_id": invoice.patient_id,
    }
    for pattern in _patterns():
        converters = pattern.pattern.converters
        values = {name: known.get(name, invoice.pk) for name in converters}
        try:
            yield reverse(f"billing:{pattern.name}", kwargs=values)
        except NoReverseMatch:
            pytest.fail(f"{pattern.name}: say in `known` what it is about")


def _patterns() -> list[URLPattern]:
    [room] = [one for one in get_resolver().url_patterns if getattr(one, "app_name", "") == "billing"]
    return [pattern for pattern in room.url_patterns if isinstance(pattern, URLPattern)]


def files_of_billing(browser: Client) -> Iterator[str]:
    for model in ADMIN:
        answer = browser.post(reverse(f"admin:billing_{model}_changelist"), {"export_list": "yes"})
        assert answer.status_code == 200
        yield b"".join(answer).decode()


def tables_of_billing() -> list[str]:
    models = list(apps.get_app_config("billing").get_models())
    assert len(models) > 8
    rows = []
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            rows += map(str, cursor.fetchall())
    return rows


@pytest.mark.ignore_template_errors
def test_what_a_visit_was_about_is_nowhere_in_billing(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    bookings = [make_told_visit(), make_told_cancellation(settings)]
    # The words are where they belong, so that they would be found elsewhere.
    doctor = browser_of(bookings[0].doctor.user)
    shown = text_of(doctor.get(detail_url(bookings[0]))) + text_of(doctor.get(step_url(bookings[0], "clinical:record")))
    assert said(shown, *Booking.objects.values_list("cancellation_reason")) == list(CANARIES)
    caplog.set_level(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(logging.INFO)  # debug alone prints statements, never in production
    caplog.clear()

    invoices = [bill(booking) for booking in bookings]

    readers = [browser_of(make_staff(kind)) for kind in StaffRole]
    seen = 0
    for invoice in invoices:
        for browser in (browser_of(invoice.patient.user), *readers):
            for address in (*pages_of_billing(invoice), *pages_of_the_admin(invoice)):
                answer = browser.get(address)
                seen += answer.status_code == 200
                assert said(*map(str, answer.headers.items()), answer.getvalue().decode(errors="replace")) == [], (
                    address
                )
    assert seen > 40
    assert said(*files_of_billing(readers[-1])) == []
    assert said(*papers(invoices)) == []
    mails = [message for message in OutgoingMessage.objects.all() if message.action == "INVOICE"]
    assert len(mails) == 2
    assert said(*(json.dumps(message.data) for message in mails)) == []
    assert said(*tables_of_billing()) == []
    assert said(caplog.text, *(line.__dict__ for line in caplog.records)) == []


def pages_of_the_admin(invoice: Invoice) -> Iterator[str]:
    yield from (reverse(f"admin:billing_{model}_changelist") for model in ADMIN)
    yield reverse("admin:billing_invoice_change", args=[invoice.pk])
    yield f"{reverse('admin:billing_invoice_changelist')}?q=canary"


def papers(invoices: list[Invoice]) -> list[str]:
    """What is printed on every paper of these; what they are for is on them, so that they are read at all."""
    made = [pdf.invoice_pdf(invoice) for invoice in invoices]
    made += [pdf.credit_note_pdf(note) for note in CreditNote.objects.all()]
    made += [pdf.receipt_pdf(payment) for payment in Payment.objects.all()]
    texts = [PdfReader(paper).text for paper in made]
    assert len(texts) == 6
    assert all("INV-2026" in text for text in texts)
    return texts
