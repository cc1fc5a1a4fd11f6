"""Two clerks and one invoice (G2): what is open is paid once, what was paid too much is given back once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pgtrigger
import pytest

from accounts.models import User
from billing.choices import Method
from billing.models import CreditNote, Invoice, Payment, Refund
from billing.selectors import balance_of
from billing.services import payments
from billing.services.credits import credit, refund
from billing.services.issuing import issue
from billing.services.payments import mark_paid, take_payment
from billing.services.visits import settle_visit
from billing.tests.factories import FEE, make_clerk, make_draft, make_invoice, pay
from bookings.models import Booking
from bookings.services.steps import check_in, complete, confirm
from bookings.services.undo import undo
from bookings.tests.factories import make_booking
from core import clock
from doctors.tests.factories import make_doctor, make_slot
from patients.models import PatientProfile
from tests.concurrency.support.crowd import Crowd, outcomes, values
from tests.concurrency.support.doses import MANY, ROUNDS
from tests.concurrency.support.guards import meet_after, unlock


@pytest.fixture
def clerks(transactional_db: None) -> list[User]:
    return [make_clerk(), make_clerk()]


def pays(invoice: Invoice, by: User) -> Callable[[], Payment]:
    return lambda: take_payment(invoice=invoice, amount_cents=FEE, method=Method.CASH, by=by, now=clock.now())


def marks(invoice: Invoice, by: User) -> Callable[[], Payment | None]:
    return lambda: mark_paid(invoice=invoice, method=Method.CASH, by=by, now=clock.now())


def test_two_clerks_who_take_the_same_balance_take_it_once(crowd: Crowd, clerks: list[User]) -> None:
    for _ in range(MANY):
        invoice = make_invoice()

        answers = crowd.rush([pays(invoice, clerk) for clerk in clerks])

        assert outcomes(answers) == Counter(done=1, Overpayment=1)
        assert balance_of(invoice).paid == FEE


def test_two_clerks_who_mark_it_as_paid_are_both_right_and_it_is_paid_once(crowd: Crowd, clerks: list[User]) -> None:
    for _ in range(MANY):
        invoice = make_invoice()

        answers = crowd.rush([marks(invoice, clerk) for clerk in clerks])

        assert outcomes(answers) == Counter(done=2)
        assert values(answers).count(None) == 1
        assert balance_of(invoice).paid == FEE


def test_without_lock_and_trigger_it_is_paid_twice(
    crowd: Crowd, clerks: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: nothing but these two keep the clerks apart."""
    invoice = make_invoice()
    unlock(monkeypatch, Invoice)
    meet_after(monkeypatch, payments, "balance_of", parties=2)

    def unguarded(act: Callable[[], Any]) -> Callable[[], Any]:
        def run() -> Any:
            with pgtrigger.ignore("billing.Payment:payment_within_balance"):
                return act()

        return run

    answers = crowd.rush([unguarded(pays(invoice, clerk)) for clerk in clerks])

    assert outcomes(answers) == Counter(done=2)
    assert balance_of(invoice).paid == 2 * FEE


def test_without_the_lock_the_trigger_is_behind_it(
    crowd: Crowd, clerks: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = make_invoice()
    unlock(monkeypatch, Invoice)
    meet_after(monkeypatch, payments, "balance_of", parties=2)

    answers = crowd.rush([pays(invoice, clerk) for clerk in clerks])

    assert outcomes(answers) == Counter(done=1, Overpayment=1)
    assert balance_of(invoice).paid == FEE


def test_what_is_credited_and_given_back_at_once_is_so_once(crowd: Crowd, clerks: list[User]) -> None:
    now = clock.now()
    for _ in range(ROUNDS):
        invoice = make_invoice()
        pay(invoice, FEE)
        crediting = [
            lambda by=by, invoice=invoice: credit(invoice=invoice, reason="Wrong", by=by, now=now) for by in clerks
        ]
        assert outcomes(crowd.rush(crediting)) == Counter(done=1, NothingToCredit=1)
        note = CreditNote.objects.get(invoice=invoice)
        refunds = [
            lambda by=by, note=note: refund(credit_note=note, amount_cents=FEE, method=Method.CASH, by=by, now=now)
            for by in clerks
        ]

        assert outcomes(crowd.rush(refunds)) == Counter(done=1, RefundTooLarge=1)
        assert sum(Refund.objects.filter(credit_note=note).values_list("amount_cents", flat=True)) == FEE


def test_a_payment_and_a_credit_at_once_are_both_counted(crowd: Crowd, clerks: list[User]) -> None:
    """Either the payment came first and is to be given back, or the credit and the payment was too much."""
    for _ in range(ROUNDS):
        invoice = make_invoice()

        answers = crowd.rush(
            [
                pays(invoice, clerks[0]),
                lambda invoice=invoice: credit(invoice=invoice, reason="Wrong", by=clerks[1], now=clock.now()),
            ]
        )

        balance = balance_of(invoice)
        assert balance.credited == FEE
        assert (outcomes(answers), balance.owed_cents) in [
            (Counter(done=2), FEE),
            (Counter(done=1, Overpayment=1), 0),
        ]


def test_two_who_issue_one_draft_issue_it_once(crowd: Crowd, clerks: list[User]) -> None:
    for _ in range(ROUNDS):
        draft = make_draft()

        answers = crowd.rush(
            [lambda by=by, draft=draft: issue(invoice=draft, revision=1, by=by, now=clock.now()) for by in clerks]
        )

        assert outcomes(answers) == Counter(done=1, AlreadyIssued=1)
    assert sorted(Invoice.objects.issued().values_list("sequence", flat=True)) == list(range(1, ROUNDS + 1))


# The job, the desk and the doctor


@pytest.fixture
def visit(patients: list[PatientProfile], settings: Any) -> Booking:
    """Completed just now, of a doctor who has just begun."""
    slot = make_slot(make_doctor())
    settings.BILLING_FROM = slot.starts_at.date()
    booking = make_booking(slot=slot, patient=patients[0])
    by = booking.doctor.user
    confirm(booking=booking, by=by, now=booking.created_at)
    check_in(booking=booking, by=by, now=slot.starts_at)
    return complete(booking=booking, by=by, now=slot.starts_at)


def moments_of(visit: Booking) -> list[datetime]:
    """One for each round, a second apart: each step of the visit comes after the one before."""
    return [visit.starts_at + timedelta(seconds=number) for number in range(1, ROUNDS + 1)]


def test_workers_who_settle_one_visit_at_once_draft_it_once(crowd: Crowd, visit: Booking) -> None:
    for moment in moments_of(visit):
        answers = crowd.rush([lambda: settle_visit(booking_id=visit.pk, now=clock.now())] * 8)

        assert outcomes(answers) == Counter(done=8)
        assert visit.invoices.count() == 1
        undo(booking=visit, by=visit.doctor.user, now=moment)
        settle_visit(booking_id=visit.pk, now=clock.now())
        assert visit.invoices.count() == 0
        complete(booking=visit, by=visit.doctor.user, now=moment)


def test_issued_while_the_visit_is_taken_back_it_counts_no_more(
    crowd: Crowd, clerks: list[User], visit: Booking
) -> None:
    """Either the visit was taken back first and its draft isn't issued, or it is credited."""
    for moment in moments_of(visit):
        settle_visit(booking_id=visit.pk, now=clock.now())
        draft = visit.invoices.order_by("-take")[0]

        answers = crowd.rush(
            [
                lambda draft=draft: issue(invoice=draft, by=clerks[0], now=clock.now()),
                lambda moment=moment: undo(booking=visit, by=visit.doctor.user, now=moment),
            ]
        )

        settle_visit(booking_id=visit.pk, now=clock.now())
        assert outcomes(answers) in [Counter(done=2), Counter(done=1, VisitTakenBack=1)]
        assert {balance_of(one).is_cancelled for one in visit.invoices.all()} <= {True}
        complete(booking=visit, by=visit.doctor.user, now=moment)
