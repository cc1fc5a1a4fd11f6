"""Invoices for tests, made by the product's own services."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import make_staff
from billing.choices import Method
from billing.models import Invoice, Payment
from billing.selectors import Balance, balance_of
from billing.services.drafts import LineDraft, draft_for_patient
from billing.services.issuing import issue
from billing.services.payments import take_payment
from bookings.tests.conftest import NOW
from patients.models import PatientProfile
from patients.tests.factories import make_patient

FEE = 8_000


def make_clerk() -> User:
    """Somebody at the desk."""
    return make_staff(StaffRole.RECEPTION)


def make_draft(
    *amounts: int,
    patient: PatientProfile | None = None,
    lines: list[LineDraft] | None = None,
    by: User | None = None,
    **facts: Any,
) -> Invoice:
    """A draft of one line for each of `amounts` (80.00 unless said), or of `lines`."""
    lines = lines or [LineDraft(f"Certificate {number}", cents) for number, cents in enumerate(amounts or (FEE,), 1)]
    return draft_for_patient(
        patient=patient or make_patient(), lines=lines, by=by or make_clerk(), now=facts.pop("now", NOW), **facts
    )


def make_invoice(*amounts: int, now: datetime | None = None, **facts: Any) -> Invoice:
    """The same, issued."""
    draft = make_draft(*amounts, **facts)
    return issue(invoice=draft, by=draft.created_by or make_clerk(), now=now or NOW)


def pay(invoice: Invoice, cents: int, *, method: str = Method.CASH, by: User | None = None, **facts: Any) -> Payment:
    return take_payment(
        invoice=invoice, amount_cents=cents, method=method, by=by or make_clerk(), now=facts.pop("now", NOW), **facts
    )


def stands(invoice: Invoice) -> Balance:
    return balance_of(invoice)
