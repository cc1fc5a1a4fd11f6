"""An invoice as the e-mail function takes it, and the mail that comes of it (D2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from billing.documents.pdf import invoice_pdf
from billing.messages import INVOICE
from billing.models import Invoice
from billing.services.drafts import LineDraft, draft_for_visit
from billing.services.issuing import issue
from billing.tests.factories import make_clerk, make_invoice, pay
from bookings.choices import Status
from bookings.tests.conftest import NOW
from bookings.tests.rows import visit
from doctors.tests.factories import make_doctor
from integrations.models import OutgoingMessage
from patients.tests.factories import make_patient
from tests.contracts.letterbox import Letterbox

pytestmark = pytest.mark.django_db(transaction=True)


def make_visit_invoice() -> Invoice:
    clerk, doctor = make_clerk(), make_doctor(full_name="Xavier Canary")
    booking = visit(make_patient(), doctor, NOW - timedelta(days=1), Status.COMPLETED)
    draft = draft_for_visit(booking=booking, lines=[LineDraft("Xylophone", 8_000)], by=clerk, now=NOW)
    return issue(invoice=draft, by=clerk, now=NOW)


def test_it_brings_the_file_and_says_which_appointment_it_is_for_and_no_more(letterbox: Letterbox) -> None:
    invoice = make_visit_invoice()

    answer = letterbox.deliver(OutgoingMessage.objects.get(action=INVOICE))

    assert (answer.status, answer.word) == (200, "sent")
    letter = letterbox.newest
    assert letter.mail["Subject"] == "Invoice INV-2026-000001 from Riverside Hospital"
    [file] = letter.mail.iter_attachments()
    assert file.get_filename() == "INV-2026-000001.pdf"
    assert file.get_payload(decode=True) == invoice_pdf(invoice)
    for words in (
        "For: Appointment on Tuesday 4 August 2026",
        "Total: £80.00",
        "Please pay by: Wednesday 19 August 2026",
        "/billing/INV-2026-000001/",
    ):
        assert words in letter.text
    assert not any(word in letter.everything for word in ("Canary", "Xylophone", "cardiology"))


def test_a_second_try_with_the_file_made_anew_is_the_same_mail(letterbox: Letterbox) -> None:
    make_invoice()
    message = OutgoingMessage.objects.get(action=INVOICE)

    words = [letterbox.deliver(message).word for _ in range(2)]

    assert words == ["sent", "already_sent"]


def test_a_paid_one_asks_for_nothing(letterbox: Letterbox) -> None:
    pay(make_invoice(8_000), 8_000)

    letterbox.deliver(OutgoingMessage.objects.get(action=INVOICE))

    assert "Total: £80.00" in letterbox.newest.text
    assert "Please pay by" not in letterbox.newest.text
