"""What was invoiced, credited and paid, and what is open. Definitions: docs/figures.md.

Of a visit nothing is read here, only whose it was. Each figure is one statement that counts its money by doctor, month
and method at once, so that the three add up to the same; plain SQL, because the ORM has no GROUPING SETS.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection

from core.clock import hospital_day, start_of_day
from core.text.names import doctor_name
from dashboards.figures.periods import Period
from dashboards.figures.types import (
    DoctorReceivable,
    DoctorRevenue,
    PeriodRevenue,
    Receivables,
    Revenue,
    Scope,
)
from doctors.models import DoctorProfile

#: Days overdue, both ends included; the first is what is not due yet, the last has no end.
AGES: tuple[tuple[int, int | None], ...] = ((0, 0), (1, 30), (31, 60), (61, 90), (91, None))

# Invoices of another currency than the hospital's, from before it changed, are no part of a sum.
_OF_IT = """
    invoice.currency = %(currency)s AND (%(department)s::bigint IS NULL OR invoice.doctor_id IN
        (SELECT id FROM doctors_doctorprofile WHERE department_id = %(department)s::bigint))
"""
# The number of the last month of the period that has begun by then, from 1: months of our own clock, whatever their
# length. 0 is before the period, one more than there are months is after it.
_MONTH = "width_bucket({at}, %(months)s::timestamptz[])"

# What comes later than its invoice is joined with it all at once: half the time of one join for each kind.
_MOVED = f"""
WITH moved (kind, doctor, method, at, cents) AS (
    SELECT 1, invoice.doctor_id, '', invoice.issued_at, invoice.total_cents
    FROM billing_invoice AS invoice
    WHERE invoice.number <> '' AND invoice.issued_at >= %(start)s AND invoice.issued_at < %(end)s AND {_OF_IT}
  UNION ALL
    SELECT later.kind, invoice.doctor_id, later.method, later.at, later.cents
    FROM (
        SELECT 2, invoice_id, '', issued_at, total_cents
        FROM billing_creditnote WHERE issued_at >= %(start)s AND issued_at < %(end)s
      UNION ALL
        SELECT 3, invoice_id, method, received_at, amount_cents
        FROM billing_payment WHERE received_at >= %(start)s AND received_at < %(end)s
      UNION ALL
        SELECT 4, note.invoice_id, refund.method, refund.refunded_at, refund.amount_cents
        FROM billing_refund AS refund JOIN billing_creditnote AS note ON note.id = refund.credit_note_id
        WHERE refund.refunded_at >= %(start)s AND refund.refunded_at < %(end)s
    ) AS later (kind, invoice_id, method, at, cents)
    JOIN billing_invoice AS invoice ON invoice.id = later.invoice_id
    WHERE {_OF_IT}
), by_month AS (SELECT kind, doctor, method, {_MONTH.format(at="at")} AS month, cents FROM moved)
SELECT GROUPING(doctor, month, method), doctor, month, method,
       COALESCE(sum(cents) FILTER (WHERE kind = 1), 0)::bigint, COALESCE(sum(cents) FILTER (WHERE kind = 2), 0)::bigint,
       COALESCE(sum(cents) FILTER (WHERE kind = 3), 0)::bigint, COALESCE(sum(cents) FILTER (WHERE kind = 4), 0)::bigint
FROM by_month GROUP BY GROUPING SETS ((doctor), (month), (method))
"""  # noqa: S608  put together from parts of its own

_OPEN = f"""
WITH balance AS (
    SELECT invoice_id, sum(cents)::bigint AS cents
    FROM (
        SELECT id, total_cents FROM billing_invoice WHERE number <> ''
      UNION ALL
        SELECT invoice_id, -amount_cents FROM billing_payment
      UNION ALL
        SELECT invoice_id, -total_cents FROM billing_creditnote
      UNION ALL
        SELECT note.invoice_id, refund.amount_cents
        FROM billing_refund AS refund JOIN billing_creditnote AS note ON note.id = refund.credit_note_id
    ) AS moved (invoice_id, cents)
    GROUP BY invoice_id HAVING sum(cents) <> 0
), left_to_pay AS (
    SELECT invoice.doctor_id AS doctor, {_MONTH.format(at="invoice.issued_at")} AS month,
           width_bucket(%(today)s::date - invoice.due_on, %(ages)s::int[]) AS age, balance.cents
    FROM balance JOIN billing_invoice AS invoice ON invoice.id = balance.invoice_id
    WHERE {_OF_IT}
)
SELECT GROUPING(doctor, month, age), doctor, month, age, COALESCE(sum(cents) FILTER (WHERE cents > 0), 0)::bigint,
       COALESCE(sum(cents) FILTER (WHERE cents > 0 AND age > 0), 0)::bigint,
       COALESCE(sum(-cents) FILTER (WHERE cents < 0), 0)::bigint
FROM left_to_pay GROUP BY GROUPING SETS ((doctor), (month), (age))
"""  # noqa: S608  the same
# What GROUPING says of the set a row is of: a bit for each column that is not in it, the last the lowest.
_DOCTOR, _MONTHLY, _LAST = 0b011, 0b101, 0b110


def revenue(period: Period, scope: Scope) -> PeriodRevenue:
    """What was issued, credited, received and refunded on the period's days, each by its own day. Two statements."""
    months = _months(period)
    by_doctor: dict[int | None, Revenue] = {}
    by_month: dict[date, Revenue] = {}
    by_method: dict[str, Revenue] = {}
    for of, doctor, month, method, *sums in _rows(_MOVED, _facts(period, scope)):
        if of == _DOCTOR:
            by_doctor[doctor] = Revenue(*sums)
        elif of == _MONTHLY:
            by_month[months[month - 1]] = Revenue(*sums)
        elif method:
            by_method[method] = Revenue(*sums)
    return PeriodRevenue(
        settings.CURRENCY,
        [DoctorRevenue(key, *who, by_doctor[key]) for key, who in _named(by_doctor).items()],
        dict(sorted(by_month.items())),
        dict(sorted(by_method.items())),
    )


def receivables(period: Period, scope: Scope, *, now: datetime) -> Receivables:
    """What is open at `now` of all invoices, whenever they were issued; `period` only parts it by month.

    An invoice is open by its total less what was credited and paid, refunds added; one that has too much paid makes
    no other one smaller. Two statements.
    """
    facts = _facts(period, scope) | {"today": hospital_day(now), "ages": [first for first, _ in AGES[1:]]}
    months = dict(enumerate(_months(period), start=1))
    by_doctor: dict[int | None, tuple[int, int]] = {}
    by_month: dict[date | None, int] = {}
    by_age, to_give_back = [0] * len(AGES), 0
    for of, doctor, month, age, is_open, overdue, too_much in _rows(_OPEN, facts):
        if of == _LAST:
            by_age[age] = is_open
            to_give_back += too_much
        elif is_open and of == _DOCTOR:
            by_doctor[doctor] = (is_open, overdue)
        elif is_open:
            issued_in = months.get(month)
            by_month[issued_in] = by_month.get(issued_in, 0) + is_open
    rows = [DoctorReceivable(key, *who, *by_doctor[key]) for key, who in _named(by_doctor).items()]
    return Receivables(settings.CURRENCY, rows, by_month, by_age, to_give_back)


def _months(period: Period) -> list[date]:
    """Their first days, also of one that the period cuts off."""
    return [month.first.replace(day=1) for month in period.months()]


def _facts(period: Period, scope: Scope) -> dict[str, Any]:
    start, end = start_of_day(period.first), start_of_day(period.after)
    return {
        "start": start,
        "end": end,
        "months": [*(start_of_day(month.first) for month in period.months()), end],
        "currency": settings.CURRENCY,
        "department": scope.department,
    }


def _rows(statement: str, facts: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _named(keys: Iterable[int | None]) -> dict[int | None, tuple[str, str]]:
    """Name and department of each doctor, as they are today, in order of name; of no doctor, last. One statement."""
    wanted = list(keys)
    people = DoctorProfile.objects.filter(pk__in=[key for key in wanted if key is not None])
    rows = people.order_by("user__search_name", "pk").values_list("pk", "user__full_name", "department__name")
    found: dict[int | None, tuple[str, str]] = {key: (doctor_name(name), place) for key, name, place in rows}
    return found | ({None: ("", "")} if None in wanted else {})
