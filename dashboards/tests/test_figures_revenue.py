"""Money in the figures beside amounts worked out by hand (H2, G1–G2). The rows of each test are all there are."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from billing.choices import Method
from billing.models import CreditNote, Invoice
from billing.services.credits import credit, refund
from billing.services.payments import take_back_payment
from billing.tests.factories import make_clerk, make_draft, make_invoice, pay
from bookings.tests.rows import at
from dashboards.figures.periods import Period
from dashboards.figures.revenue import receivables, revenue
from dashboards.figures.types import (
    DoctorReceivable,
    DoctorRevenue,
    PeriodRevenue,
    Receivables,
    Revenue,
    Scope,
)
from doctors.models import DoctorProfile
from doctors.tests.factories import DepartmentFactory, make_doctor

pytestmark = pytest.mark.django_db
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
APRIL = Period(date(2026, 4, 1), date(2026, 4, 30))
SPRING = Period(date(2026, 2, 15), date(2026, 4, 15))
NOW = at(date(2026, 4, 20), 12)
ALL = Scope()


@pytest.fixture(autouse=True)
def _due_in_two_weeks(settings: Any) -> None:
    settings.INVOICE_DUE_DAYS = 14


@pytest.fixture
def clerk() -> User:
    return make_clerk()


def sold(doctor: DoctorProfile | None, *amounts: int, on: datetime, clerk: User) -> Invoice:
    return make_invoice(*amounts, doctor=doctor, now=on, by=clerk)


def taken_back(invoice: Invoice, cents: int | None = None, *, on: datetime, by: User) -> CreditNote:
    """All that is left of an invoice, or so much of its first line."""
    amounts = None if cents is None else {invoice.lines.get(position=1).pk: cents}
    return credit(invoice=invoice, amounts=amounts, reason="Not what was agreed", by=by, now=on)


def here(doctor: DoctorProfile) -> Scope:
    return Scope(doctor.department_id)


@pytest.fixture
def a_spring(doctor: DoctorProfile, other: DoctorProfile, clerk: User) -> None:
    """In March 100 and 40 for Ada, 60 for Bob, 20 for nobody; in April 15 of Ada's 100 are taken back and refunded.

    Paid: 100 of Ada's, in March, in two parts; Bob's 60 by insurance in April; 5 of nobody's. Open on 20 April: 40 of
    Ada's, due on 3 April; 15 of nobody's, due on 14 April.
    """
    hundred = sold(doctor, 10_000, on=at(date(2026, 3, 2), 9), clerk=clerk)
    sold(doctor, 4_000, on=at(date(2026, 3, 20), 9), clerk=clerk)
    sixty = sold(other, 6_000, on=at(date(2026, 3, 25), 9), clerk=clerk)
    twenty = sold(None, 2_000, on=at(date(2026, 3, 31), 23, 59), clerk=clerk)
    pay(hundred, 3_000, by=clerk, now=at(date(2026, 3, 2), 10))
    pay(hundred, 7_000, method=Method.CARD, reference="T1", by=clerk, now=at(date(2026, 3, 3), 10))
    pay(sixty, 6_000, method=Method.INSURANCE, by=clerk, now=at(date(2026, 4, 1), 0))
    pay(twenty, 500, by=clerk, now=at(date(2026, 3, 31), 23, 59))
    note = taken_back(hundred, 1_500, on=at(date(2026, 4, 2), 9), by=clerk)
    refund(credit_note=note, amount_cents=1_500, method=Method.CASH, by=clerk, now=at(date(2026, 4, 2), 9, 5))
    make_draft(9_900, doctor=doctor, by=clerk, now=at(date(2026, 3, 10), 9))  # a draft is nothing yet


@pytest.mark.usefixtures("a_spring")
def test_a_month_by_hand(doctor: DoctorProfile, other: DoctorProfile) -> None:
    assert revenue(MARCH, ALL) == PeriodRevenue(
        currency="GBP",
        by_doctor=[
            DoctorRevenue(doctor.pk, "Dr Ada Able", "Heart", Revenue(issued=14_000, received=10_000)),
            DoctorRevenue(other.pk, "Dr Bob Baker", "Skin", Revenue(issued=6_000)),
            DoctorRevenue(None, "", "", Revenue(issued=2_000, received=500)),
        ],
        by_month={date(2026, 3, 1): Revenue(issued=22_000, received=10_500)},
        by_method={"CARD": Revenue(received=7_000), "CASH": Revenue(received=3_500)},
    )


@pytest.mark.usefixtures("a_spring")
def test_a_credit_note_and_a_refund_belong_to_the_month_they_were_made_in(
    doctor: DoctorProfile, other: DoctorProfile
) -> None:
    found = revenue(APRIL, ALL)

    assert found.total == Revenue(credited=1_500, received=6_000, refunded=1_500)
    assert found.total.paid == 4_500
    assert found.by_method == {"CASH": Revenue(refunded=1_500), "INSURANCE": Revenue(received=6_000)}
    assert [(row.doctor, row.revenue.paid) for row in found.by_doctor] == [(doctor.pk, -1_500), (other.pk, 6_000)]


@pytest.mark.usefixtures("a_spring")
def test_months_are_those_of_the_calendar_cut_off_where_the_period_ends() -> None:
    assert revenue(SPRING, ALL).by_month == {
        date(2026, 3, 1): Revenue(issued=22_000, received=10_500),
        date(2026, 4, 1): Revenue(credited=1_500, received=6_000, refunded=1_500),
    }
    assert revenue(Period(date(2026, 3, 3), date(2026, 3, 24)), ALL).by_month == {
        date(2026, 3, 1): Revenue(issued=4_000, received=7_000)
    }


@pytest.mark.usefixtures("a_spring")
def test_what_is_open_is_told_as_of_now_whatever_the_period(doctor: DoctorProfile) -> None:
    expected = Receivables(
        currency="GBP",
        by_doctor=[
            DoctorReceivable(doctor.pk, "Dr Ada Able", "Heart", 4_000, 4_000),
            DoctorReceivable(None, "", "", 1_500, 1_500),
        ],
        by_month={date(2026, 3, 1): 5_500},
        by_age=[0, 5_500, 0, 0, 0],
        to_give_back=0,
    )

    assert receivables(MARCH, ALL, now=NOW) == expected
    assert receivables(APRIL, ALL, now=NOW).by_month == {None: 5_500}
    assert (expected.total, expected.overdue) == (5_500, 5_500)


@pytest.mark.usefixtures("a_spring")
def test_a_department_is_counted_for_itself_and_no_doctor_is_in_none(other: DoctorProfile) -> None:
    assert revenue(MARCH, here(other)).total == Revenue(issued=6_000)
    assert revenue(APRIL, here(other)).by_method == {"INSURANCE": Revenue(received=6_000)}
    assert receivables(MARCH, here(other), now=NOW).total == 0


@pytest.mark.usefixtures("a_spring")
def test_money_follows_its_doctor_into_another_department(doctor: DoctorProfile) -> None:
    doctor.department = DepartmentFactory(name="Lungs")
    doctor.save()

    found = revenue(MARCH, here(doctor))

    assert [(row.department, row.revenue.issued) for row in found.by_doctor] == [("Lungs", 14_000)]


def test_a_month_begins_at_midnight_of_the_hospitals_clock(doctor: DoctorProfile, clerk: User) -> None:
    """April's begins at 23:00 UTC: since 29 March the clocks in London are an hour ahead."""
    midnight = datetime(2026, 3, 31, 23, 0, tzinfo=UTC)
    before = datetime(2026, 3, 31, 22, 59, 59, 999_000, tzinfo=UTC)
    old, new = (sold(doctor, cents, on=on, clerk=clerk) for cents, on in ((1_000, before), (2_000, midnight)))
    pay(old, 100, by=clerk, now=before)
    pay(new, 200, by=clerk, now=midnight)
    for invoice, cents, on in ((old, 10, before), (new, 20, midnight)):
        taken_back(invoice, cents, on=on, by=clerk)

    assert revenue(MARCH, ALL).total == Revenue(issued=1_000, credited=10, received=100)
    assert revenue(APRIL, ALL).total == Revenue(issued=2_000, credited=20, received=200)
    both = revenue(Period(MARCH.first, APRIL.last), ALL).by_month
    assert {month.month: money.issued for month, money in both.items()} == {3: 1_000, 4: 2_000}


@pytest.mark.parametrize(("day", "length"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_the_days_on_which_the_clocks_change_have_all_their_money(
    doctor: DoctorProfile, clerk: User, day: date, length: int
) -> None:
    midnight = at(day, 0).timestamp()
    for hour in range(-1, length + 1):
        sold(doctor, 100, on=datetime.fromtimestamp(midnight + hour * 3_600, UTC), clerk=clerk)

    assert revenue(Period(day, day), ALL).total.issued == length * 100


def test_a_wholly_credited_invoice_moves_each_figure_by_exactly_that(doctor: DoctorProfile, clerk: User) -> None:
    invoice = sold(doctor, 8_000, on=at(date(2026, 3, 2), 9), clerk=clerk)
    sold(doctor, 1_000, on=at(date(2026, 3, 2), 9), clerk=clerk)
    assert receivables(MARCH, ALL, now=NOW).total == 9_000

    taken_back(invoice, on=at(date(2026, 4, 1), 9), by=clerk)

    assert revenue(MARCH, ALL).total == Revenue(issued=9_000)
    assert revenue(APRIL, ALL).total == Revenue(credited=8_000)
    assert receivables(MARCH, ALL, now=NOW).total == 1_000


def test_what_must_be_given_back_makes_nothing_else_smaller(doctor: DoctorProfile, clerk: User) -> None:
    paid = sold(doctor, 8_000, on=at(date(2026, 3, 2), 9), clerk=clerk)
    pay(paid, 8_000, by=clerk, now=at(date(2026, 3, 2), 10))
    taken_back(paid, 3_000, on=at(date(2026, 3, 3), 9), by=clerk)
    sold(doctor, 5_000, on=at(date(2026, 3, 2), 9), clerk=clerk)

    found = receivables(MARCH, ALL, now=NOW)

    assert (found.total, found.to_give_back) == (5_000, 3_000)


def test_a_payment_that_is_taken_back_is_less_paid_on_the_day_it_is_taken_back(
    doctor: DoctorProfile, clerk: User
) -> None:
    invoice = sold(doctor, 8_000, on=at(date(2026, 3, 2), 9), clerk=clerk)
    mistake = pay(invoice, 8_000, by=clerk, now=at(date(2026, 3, 31), 9))
    assert receivables(MARCH, ALL, now=NOW).total == 0

    take_back_payment(payment=mistake, reason="Of another invoice", by=clerk, now=at(date(2026, 4, 1), 9))

    assert revenue(MARCH, ALL).by_method == {"CASH": Revenue(received=8_000)}
    assert revenue(APRIL, ALL).by_method == {"CASH": Revenue(received=-8_000)}
    assert receivables(MARCH, ALL, now=NOW).total == 8_000


@pytest.mark.parametrize(
    ("today", "age"),
    [
        (date(2026, 3, 15), 0),  # due on this day
        (date(2026, 3, 16), 1),
        (date(2026, 4, 14), 1),  # 30 days
        (date(2026, 4, 15), 2),
        (date(2026, 5, 14), 2),  # 60 days
        (date(2026, 5, 15), 3),
        (date(2026, 6, 13), 3),  # 90 days
        (date(2026, 6, 14), 4),
    ],
)
def test_how_long_it_is_overdue(doctor: DoctorProfile, clerk: User, today: date, age: int) -> None:
    sold(doctor, 700, on=at(date(2026, 3, 1), 9), clerk=clerk)

    found = receivables(MARCH, ALL, now=at(today, 0, 1))

    assert found.by_age == [700 if place == age else 0 for place in range(5)]
    assert found.overdue == (700 if age else 0)


def test_another_currency_is_no_part_of_a_sum(doctor: DoctorProfile, clerk: User, settings: Any) -> None:
    settings.CURRENCY = "EUR"
    pay(sold(doctor, 900, on=at(date(2026, 3, 1), 9), clerk=clerk), 100, by=clerk, now=at(date(2026, 3, 1), 9))
    settings.CURRENCY = "GBP"

    assert revenue(MARCH, ALL).total == Revenue()
    assert receivables(MARCH, ALL, now=NOW).total == 0


def test_nothing_is_nothing() -> None:
    assert revenue(MARCH, ALL) == PeriodRevenue("GBP", [], {}, {})
    assert receivables(MARCH, ALL, now=NOW) == Receivables("GBP", [], {}, [0] * 5, 0)


def test_statements_do_not_grow_with_doctors_and_invoices(doctor: DoctorProfile, clerk: User) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            revenue(MARCH, ALL)
            receivables(MARCH, ALL, now=NOW)
        return len(captured)

    sold(doctor, 100, on=at(date(2026, 3, 2), 9), clerk=clerk)
    one = statements()
    for number in range(8):
        invoice = sold(make_doctor(), 1_000 + number, on=at(date(2026, 3, 2 + number), 9), clerk=clerk)
        pay(invoice, 10, by=clerk, now=at(date(2026, 3, 12), 9))

    assert one == statements() == 4
