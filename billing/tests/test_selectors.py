"""Who sees which invoice (A7), how it stands, and what a doctor's month is worth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.choices import StaffRole
from accounts.models import User
from accounts.tests.factories import make_staff
from billing import selectors
from billing.choices import InvoiceState, Method, PaymentStatus, TaxCategory
from billing.models import Invoice
from billing.rules import due_day, is_overdue, payment_status, series_year
from billing.selectors import Earnings
from billing.services.credits import credit, refund
from billing.services.drafts import LineDraft
from billing.tests.conftest import NOW
from billing.tests.factories import make_clerk, make_draft, make_invoice, pay
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db(transaction=True)


def seen_by(viewer: Any) -> set[Invoice]:
    return set(selectors.invoices_visible_to(viewer))


def test_a_patient_sees_what_was_issued_to_them_and_whom_they_care_for() -> None:
    patient = make_patient()
    child = make_person(patient)
    own, of_child = make_invoice(patient=patient), make_invoice(patient=child)
    make_draft(patient=patient)
    make_invoice()

    assert patient.user is not None
    assert seen_by(patient.user) == {own, of_child}


def test_who_is_taken_off_the_family_is_seen_no_more() -> None:
    patient = make_patient()
    child = make_person(patient)
    make_invoice(patient=child)
    child.removed_at = NOW
    child.save()

    assert seen_by(patient.user) == set()


@pytest.mark.parametrize("kind", list(StaffRole))
def test_staff_who_may_see_all_of_them(kind: StaffRole) -> None:
    draft, invoice = make_draft(), make_invoice()

    assert seen_by(make_staff(kind)) == {draft, invoice}


def test_nobody_else_sees_any() -> None:
    doctor = make_doctor()
    invoice = make_invoice(doctor=doctor)
    closed = make_clerk()
    closed.is_active = False

    for viewer in (doctor.user, make_patient().user, AnonymousUser(), closed):
        assert seen_by(viewer) == set()
        assert selectors.invoice_by_number(viewer, invoice.number) is None
        assert selectors.invoice_by_key(viewer, invoice.pk) is None


def test_a_credit_note_and_a_payment_are_found_by_those_who_see_their_invoice() -> None:
    patient, other, clerk = make_patient(), make_patient(), make_clerk()
    invoice = make_invoice(patient=patient)
    payment = pay(invoice, 100)
    note = credit(invoice=invoice, reason="Wrong", by=clerk, now=NOW)

    for viewer in (patient.user, clerk):
        assert viewer is not None
        assert selectors.credit_note_by_number(viewer, note.number) == note
        assert selectors.payment_by_key(viewer, payment.pk) == payment
    assert other.user is not None
    assert selectors.credit_note_by_number(other.user, note.number) is None
    assert selectors.payment_by_key(other.user, payment.pk) is None


# How it stands


def in_state(state: str, viewer: User, *, days: int = 0) -> set[Invoice]:
    rows = selectors.invoices_visible_to(viewer).with_balance()
    return set(selectors.in_state(rows, state, NOW.date() + timedelta(days=days)))


def test_each_state_has_its_invoices() -> None:
    clerk = make_clerk()
    draft, open_one, part = make_draft(), make_invoice(), make_invoice()
    paid, cancelled, owed = make_invoice(), make_invoice(), make_invoice()
    pay(part, 1)
    for invoice in (paid, owed):
        pay(invoice, invoice.total_cents)
    for invoice in (cancelled, owed):
        credit(invoice=invoice, reason="Wrong", by=clerk, now=NOW)

    found = {state: in_state(state, clerk) for state in InvoiceState}

    assert found == {
        InvoiceState.DRAFT: {draft},
        InvoiceState.OPEN: {open_one, part},
        InvoiceState.OVERDUE: set(),
        InvoiceState.REFUND: {owed},
        InvoiceState.PAID: {paid},
        InvoiceState.CANCELLED: {cancelled, owed},
    }
    assert in_state(InvoiceState.OVERDUE, clerk, days=14) == set()
    assert in_state(InvoiceState.OVERDUE, clerk, days=15) == {open_one, part}
    assert len(in_state("", clerk)) == 6


def test_the_rows_are_counted_as_the_balance_is() -> None:
    """Joined rows must not multiply each other: two payments, two credit notes, two refunds."""
    clerk = make_clerk()
    invoice = make_invoice(3_000, 2_000, 1_000)
    first, second, _ = invoice.lines.all()
    for cents in (2_500, 3_500):
        pay(invoice, cents)
    for line in (first, second):
        note = credit(invoice=invoice, amounts={line.pk: line.net_cents}, reason="Wrong", by=clerk, now=NOW)
        for cents in (100, 200):
            refund(credit_note=note, amount_cents=cents, method=Method.CASH, by=clerk, now=NOW)

    found = selectors.invoice_by_key(clerk, invoice.pk)

    assert found is not None
    assert (found.paid_cents, found.credited_cents, found.refunded_cents) == (6_000, 5_000, 600)
    assert selectors.read_balance(found) == selectors.balance_of(invoice)
    assert found.balance_cents == selectors.balance_of(invoice).left == -4_400


def test_what_a_patient_has_to_pay_in_all() -> None:
    patient = make_patient()
    child = make_person(patient)
    pay(make_invoice(5_000, patient=patient), 1_000)
    make_invoice(700, patient=child)
    owed = make_invoice(900, patient=patient)
    pay(owed, 900)
    credit(invoice=owed, reason="Wrong", by=make_clerk(), now=NOW)
    make_invoice(1)

    assert patient.user is not None
    assert selectors.own_open_amounts(patient.user) == [("GBP", 4_700)]


@pytest.mark.parametrize(
    ("credited", "balance", "status"),
    [
        (0, 100, PaymentStatus.PENDING),
        (0, 1, PaymentStatus.PENDING),
        (0, 0, PaymentStatus.PAID),
        (40, 0, PaymentStatus.PAID),
        (40, -40, PaymentStatus.PAID),
        (100, -100, PaymentStatus.CANCELLED),
        (100, 0, PaymentStatus.CANCELLED),
    ],
)
def test_the_words_of_how_it_stands(credited: int, balance: int, status: PaymentStatus) -> None:
    assert payment_status(total=100, credited=credited, balance=balance) == status


def test_it_is_overdue_the_day_after_it_was_due() -> None:
    due = due_day(NOW.date(), 14)

    assert not is_overdue(due_on=due, balance=1, today=due)
    assert is_overdue(due_on=due, balance=1, today=due + timedelta(days=1))
    assert not is_overdue(due_on=due, balance=0, today=due + timedelta(days=1))


@pytest.mark.parametrize(("starts", "year"), [(1, 2026), (4, 2026), (8, 2026), (9, 2025), (12, 2025)])
def test_the_year_of_a_number(starts: int, year: int) -> None:
    assert series_year(NOW.date(), starts) == year


# The desk's day


def test_the_money_of_a_day_is_for_the_desk(settings: Any) -> None:
    clerk, manager = make_clerk(), make_staff(StaffRole.MANAGER)
    invoice = make_invoice()
    midnight = datetime(2026, 8, 4, 23, tzinfo=UTC)  # of the hospital, in summer
    before, first = (pay(invoice, 100, now=midnight + timedelta(seconds=seconds)) for seconds in (-1, 0))
    end = midnight + timedelta(days=1)
    note = credit(invoice=invoice, reason="Wrong", by=clerk, now=NOW)
    back = refund(credit_note=note, amount_cents=50, method=Method.CASH, by=clerk, now=NOW)
    pay(make_invoice(), 100, now=end)

    assert before != first
    assert list(selectors.payments_within(clerk, midnight, end)) == [first]
    assert list(selectors.refunds_within(clerk, midnight, end)) == [back]
    assert not selectors.payments_within(manager, midnight, end)
    assert not selectors.refunds_within(manager, midnight, end)


# A doctor's month


def test_what_a_doctor_earned_in_a_month() -> None:
    """By hand: 80.00 and 100.00 (plus 20 %) issued in the month, 30.00 of an earlier one credited in it."""
    clerk, doctor, other = make_clerk(), make_doctor(), make_doctor()
    start, end = NOW - timedelta(days=4), NOW + timedelta(days=26)
    earlier = make_invoice(5_000, doctor=doctor, now=start - timedelta(seconds=1))
    pay(earlier, 5_000, now=NOW)
    exempt = make_invoice(8_000, doctor=doctor, now=start)
    taxed = LineDraft("Report", 10_000, category=TaxCategory.STANDARD, rate=Decimal(20))
    report = make_invoice(lines=[taxed], doctor=doctor, now=end - timedelta(seconds=1))
    make_invoice(7_000, doctor=doctor, now=end)
    make_invoice(600, doctor=other, now=NOW)
    make_invoice(500, now=NOW)
    make_draft(900, doctor=doctor)
    credit(invoice=earlier, amounts={earlier.lines.get().pk: 3_000}, reason="Wrong", by=clerk, now=NOW)
    pay(exempt, 8_000, now=end + timedelta(days=3))
    pay(report, 2_000, now=end)
    note = credit(invoice=exempt, reason="Wrong", by=clerk, now=end)
    refund(credit_note=note, amount_cents=1_500, method=Method.CASH, by=clerk, now=end)

    found = selectors.earnings_by_doctor(start, end, currency="GBP")

    assert found == {
        doctor.pk: Earnings(issued_cents=18_000, credited_cents=3_000, paid_cents=8_500),
        other.pk: Earnings(issued_cents=600, credited_cents=0, paid_cents=0),
    }


def test_what_was_earned_in_another_currency_is_not_added_to_it(settings: Any) -> None:
    clerk, doctor = make_clerk(), make_doctor()
    start, end = NOW - timedelta(days=4), NOW + timedelta(days=26)
    make_invoice(8_000, doctor=doctor, now=NOW)
    settings.CURRENCY = "EUR"
    euros = make_invoice(500, doctor=doctor, now=NOW)
    pay(euros, 300, now=NOW)
    note = credit(invoice=euros, reason="Wrong", by=clerk, now=NOW)
    refund(credit_note=note, amount_cents=100, method=Method.CASH, by=clerk, now=NOW)

    assert selectors.earnings_by_doctor(start, end, currency="GBP") == {doctor.pk: Earnings(8_000, 0, 0)}
    assert selectors.earnings_by_doctor(start, end, currency="EUR") == {doctor.pk: Earnings(500, 500, 200)}
    assert selectors.earnings_by_doctor(start, end, currency="JPY") == {}
