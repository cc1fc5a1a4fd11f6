"""What a doctor earned in a month, from invoices as the desk makes them (D5)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from billing.services.credits import credit, refund
from billing.tests.factories import make_clerk, make_invoice, pay
from reports.counting import count_month
from reports.figures import MonthFigures
from reports.tests.factories import make_old_hand

pytestmark = pytest.mark.django_db(transaction=True)
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
FIRST, LAST = datetime(2026, 9, 30, 23, tzinfo=UTC), datetime(2026, 10, 31, 23, 59, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def test_issued_credited_and_paid_count_where_they_belong() -> None:
    doctor, clerk = make_old_hand(), make_clerk()
    make_invoice(1, doctor=doctor, by=clerk, now=FIRST - MINUTE)  # September's
    half_paid = make_invoice(8_000, 2_000, doctor=doctor, by=clerk, now=FIRST)
    paid_late = make_invoice(5_000, doctor=doctor, by=clerk, now=LAST)
    make_invoice(4, doctor=doctor, by=clerk, now=LAST + MINUTE)  # November's
    make_invoice(16, doctor=make_old_hand(), by=clerk, now=FIRST)  # a colleague's
    make_invoice(32, by=clerk, now=FIRST)  # nobody's
    pay(half_paid, 6_000, by=clerk, now=FIRST + DAY)
    pay(half_paid, 4_000, by=clerk, now=FIRST + 2 * DAY)
    pay(paid_late, 1_000, by=clerk, now=LAST + 5 * DAY)  # of October's invoices, by now
    line = half_paid.lines.get(position=2)
    note = credit(invoice=half_paid, amounts={line.pk: 2_000}, reason="Twice", by=clerk, now=FIRST + 3 * DAY)
    refund(credit_note=note, amount_cents=2_000, method="CASH", by=clerk, now=FIRST + 4 * DAY)
    credit(invoice=paid_late, reason="Waived", by=clerk, now=LAST + 6 * DAY)  # in November, of October's

    october, november = count_month(OCTOBER)[doctor.pk], count_month(NOVEMBER)[doctor.pk]

    assert october == MonthFigures(issued_cents=15_000, credited_cents=2_000, paid_cents=6_000 + 4_000 - 2_000 + 1_000)
    assert october.net_cents == 13_000
    assert november == MonthFigures(issued_cents=4, credited_cents=5_000, paid_cents=0)
    assert november.net_cents == -4_996


def test_only_the_hospitals_currency_counts(settings: Any) -> None:
    doctor, clerk = make_old_hand(), make_clerk()
    pay(make_invoice(8_000, doctor=doctor, by=clerk, now=FIRST), 8_000, by=clerk, now=FIRST)
    settings.CURRENCY = "EUR"
    pay(make_invoice(500, doctor=doctor, by=clerk, now=FIRST), 300, by=clerk, now=FIRST)

    assert count_month(OCTOBER)[doctor.pk] == MonthFigures(issued_cents=500, paid_cents=300)
