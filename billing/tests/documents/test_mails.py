"""An invoice by mail: what it says, and to whom, is asked when it is delivered (D2, G1)."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User
from billing.documents.mails import data_of_invoice
from billing.documents.pdf import invoice_pdf
from billing.messages import INVOICE, invoice_by_mail
from billing.models import Invoice
from billing.services.drafts import LineDraft, draft_for_visit
from billing.services.issuing import issue
from billing.tests.factories import make_clerk, make_invoice, pay
from bookings.choices import Status
from bookings.tests.conftest import NOW
from bookings.tests.rows import visit
from doctors.tests.factories import make_doctor
from integrations import outbox
from integrations.email_gateway.client import body_of
from integrations.errors import NoLongerNeeded, Undeliverable
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db(transaction=True)
CANARY = "Xylophone certificate"


def mail() -> OutgoingMessage:
    return OutgoingMessage.objects.get(action=INVOICE)


def posted() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(body_of(mail()))["data"]
    return data


def make_walk_in(email: str = "walk.in@example.org") -> PatientProfile:
    """Somebody whom the desk has entered, without an account."""
    person = make_person(make_patient())
    PatientProfile.objects.filter(pk=person.pk).update(guardian=None, relationship="", own_email=email)
    person.refresh_from_db()
    return person


def test_an_issued_invoice_is_mailed_once_and_the_outbox_holds_nothing_of_it() -> None:
    invoice = make_invoice(lines=[LineDraft(CANARY, 8_000)])

    message = mail()
    assert message.stream == f"invoice:{invoice.pk}"
    assert message.data.keys() == {"to", "hospital", "invoice", "number"}
    assert (message.data["invoice"], message.data["number"]) == (str(invoice.pk), invoice.number)


def test_what_leaves_has_the_file_and_what_is_to_pay_and_nothing_of_what_was_done() -> None:
    invoice = make_invoice(lines=[LineDraft(CANARY, 8_000)])

    data = posted()
    assert (data["number"], data["total_text"], data["due_on"]) == (invoice.number, "£80.00", "2026-08-19")
    assert data["invoice_url"].endswith(f"/billing/{invoice.number}/")
    assert data["attachment"]["filename"] == f"{invoice.number}.pdf"
    assert base64.b64decode(data["attachment"]["base64"]) == invoice_pdf(invoice)
    assert {"visit_day", "invoice"}.isdisjoint(data)
    assert CANARY not in json.dumps(data)


def test_of_a_visit_it_says_the_day() -> None:
    clerk = make_clerk()
    booking = visit(make_patient(), make_doctor(), NOW - timedelta(days=1), Status.COMPLETED)
    draft = draft_for_visit(booking=booking, lines=[LineDraft("Appointment", 8_000)], by=clerk, now=NOW)
    issue(invoice=draft, by=clerk, now=NOW)

    assert posted()["visit_day"] == "2026-08-04"


def test_what_is_paid_by_then_is_not_asked_for() -> None:
    invoice = make_invoice(8_000)
    pay(invoice, 7_999)
    assert "due_on" in posted()

    pay(invoice, 1)

    assert "due_on" not in posted()
    assert posted()["total_text"] == "£80.00"


def test_who_has_no_account_gets_the_file_and_no_link() -> None:
    make_invoice(patient=make_walk_in())

    data = posted()
    assert data["to"]["email"] == "walk.in@example.org"
    assert "attachment" in data
    assert "invoice_url" not in data


def test_an_address_nobody_has_confirmed_gets_the_link_and_no_file() -> None:
    invoice = make_invoice()
    EmailAddress.objects.filter(user=invoice.patient.user).update(verified=False)

    data = posted()
    assert "attachment" not in data
    assert data["invoice_url"].endswith(f"/billing/{invoice.number}/")


def test_a_file_too_large_for_a_mail_goes_as_its_link(monkeypatch: pytest.MonkeyPatch) -> None:
    invoice = make_invoice()
    monkeypatch.setattr("core.pdf.attachment.LARGEST", 1_000)

    data = posted()
    assert "attachment" not in data
    assert data["invoice_url"].endswith(f"/billing/{invoice.number}/")


def test_where_neither_file_nor_link_can_be_given_it_can_not_be_delivered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.pdf.attachment.LARGEST", 1_000)
    make_invoice(patient=make_walk_in())

    with pytest.raises(Undeliverable, match="too large for a mail, and no account to open it with"):
        data_of_invoice(mail().data)


def test_it_goes_to_whoever_cares_for_the_patient() -> None:
    guardian = make_patient()
    make_invoice(patient=make_person(guardian))

    assert guardian.user
    assert posted()["to"]["email"] == guardian.user.email


def test_where_nobody_is_reached_nothing_is_handed_in() -> None:
    closed = make_patient()
    User.objects.filter(pk=closed.user_id).update(is_active=False)
    removed = make_person(make_patient())
    PatientProfile.objects.filter(pk=removed.pk).update(removed_at=NOW)

    for patient in (closed, removed, make_walk_in(email="")):
        make_invoice(patient=PatientProfile.objects.get(pk=patient.pk))

    assert not OutgoingMessage.objects.filter(action=INVOICE).exists()


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": "other@example.org"}])
def test_what_goes_nowhere_any_more_is_dropped(change: dict[str, Any]) -> None:
    invoice = make_invoice()
    assert data_of_invoice(mail().data)["number"] == invoice.number
    User.objects.filter(pk=invoice.patient.user_id).update(**change)

    with pytest.raises(NoLongerNeeded):
        data_of_invoice(mail().data)


def test_nothing_goes_to_a_guardian_who_was_removed() -> None:
    person = make_person(make_patient())
    make_invoice(patient=person)
    PatientProfile.objects.filter(pk=person.pk).update(removed_at=NOW)

    with pytest.raises(NoLongerNeeded):
        data_of_invoice(mail().data)


def test_an_address_of_the_desk_that_was_changed_gets_nothing() -> None:
    patient = make_walk_in()
    make_invoice(patient=patient)
    PatientProfile.objects.filter(pk=patient.pk).update(own_email="other@example.org")

    with pytest.raises(NoLongerNeeded):
        data_of_invoice(mail().data)


def test_it_is_sent_again_when_somebody_asks_and_once_for_each_time() -> None:
    invoice = make_invoice()
    to = invoice.patient.user
    assert to

    for key in ("form-1", "form-1", "form-2"):
        draft = invoice_by_mail(invoice, to=to, key=key)
        if not OutgoingMessage.objects.filter(dedupe_key=draft.dedupe_key).exists():
            with transaction.atomic():
                outbox.enqueue([draft], now=NOW)

    keys = OutgoingMessage.objects.filter(action=INVOICE).order_by("dedupe_key").values_list("dedupe_key", flat=True)
    assert [*keys] == [f"INVOICE:{invoice.pk}:", f"INVOICE:{invoice.pk}:form-1", f"INVOICE:{invoice.pk}:form-2"]


def test_an_invoice_that_is_not_there_is_no_mail() -> None:
    make_invoice()
    stored = mail().data | {"invoice": "3f0c5b0e-3f5e-4a55-9a0e-0b9a6b0c1d2e"}

    with pytest.raises(Invoice.DoesNotExist):
        data_of_invoice(stored)
