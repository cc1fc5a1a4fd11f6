"""What was invoiced, credited and paid, and what is open. Definitions: docs/figures.md.

Of a visit nothing is read here, only whose it was. Each figure is one statement that counts its money by doctor, month
and method at once, so that the three add up to the same; plain SQL, because the ORM has no GROUPING SETS.
"""

from __future__ import annotations

from collections import defaultdict
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
_MONTH = "date_trunc('month', {at} AT TIME ZONE %(zone)s)::date"

_MOVED = f"""
WITH moved (kind, doctor, method, at, cents) AS (
    SELECT 'issued', invoice.doctor_id, '', invoice.issued_at, invoice.total_cents
    FROM billing_invoice AS invoice
    WHERE invoice.number <> '' AND invoice.issued_at >= %(start)s AND invoice.issued_at < %(end)s AND {_OF_IT}
  UNION ALL
    SELECT 'credited', invoice.doctor_id, '', note.issued_at, note.total_cents
    FROM billing_creditnote AS note JOIN billing_invoice AS invoice ON invoice.id = note.invoice_id
    WHERE note.issued_at >= %(start)s AND note.issued_at < %(end)s AND {_OF_IT}
  UNION ALL
    SELECT 'received', invoice.doctor_id, payment.method, payment.received_at, payment.amount_cents
    FROM billing_payment AS payment JOIN billing_invoice AS invoice ON invoice.id = payment.invoice_id
    WHERE payment.received_at >= %(start)s AND payment.received_at < %(end)s AND {_OF_IT}
  UNION ALL
    SELECT 'refunded', invoice.doctor_id, refund.method, refund.refunded_at, refund.amount_cents
    FROM billing_refund AS refund JOIN billing_creditnote AS note ON note.id = refund.credit_note_id
    JOIN billing_invoice AS invoice ON invoice.id = note.invoice_id
    WHERE refund.refunded_at >= %(start)s AND refund.refunded_at < %(end)s AND {_OF_IT}
), by_month AS (SELECT kind, doctor, method, {_MONTH.format(at="at")} AS month, cents FROM moved)
SELECT GROUPING(doctor, month, method), kind, doctor, month, method, sum(cents)::bigint
FROM by_month GROUP BY GROUPING SETS ((kind, doctor), (kind, month), (kind, method))
"""  # noqa: S608  put together from parts of its own

_OPEN = f"""
WITH left_to_pay (doctor, age, month, cents) AS (
    SELECT invoice.doctor_id, width_bucket(%(today)s::date - invoice.due_on, %(ages)s::int[]),
           CASE WHEN invoice.issued_at >= %(start)s AND invoice.issued_at < %(end)s
                THEN {_MONTH.format(at="invoice.issued_at")} END,
           invoice.total_cents - COALESCE(paid.cents, 0) - COALESCE(credit.cents, 0)
    FROM billing_invoice AS invoice
    LEFT JOIN (SELECT invoice_id, sum(amount_cents) AS cents FROM billing_payment GROUP BY invoice_id) AS paid
        ON paid.invoice_id = invoice.id
    LEFT JOIN (
        SELECT note.invoice_id, sum(note.total_cents - COALESCE(refund.cents, 0)) AS cents
        FROM billing_creditnote AS note
        LEFT JOIN (SELECT credit_note_id, sum(amount_cents) AS cents FROM billing_refund GROUP BY credit_note_id)
            AS refund ON refund.credit_note_id = note.id
        GROUP BY note.invoice_id
    ) AS credit ON credit.invoice_id = invoice.id
    WHERE invoice.number <> '' AND {_OF_IT}
)
SELECT GROUPING(doctor, month, age), doctor, month, age, COALESCE(sum(cents) FILTER (WHERE cents > 0), 0)::bigint,
       COALESCE(sum(cents) FILTER (WHERE cents > 0 AND age > 0), 0)::bigint,
       COALESCE(sum(-cents) FILTER (WHERE cents < 0), 0)::bigint
FROM left_to_pay WHERE cents <> 0 GROUP BY GROUPING SETS ((doctor), (month), (age))
"""  # noqa: S608  the same
# What GROUPING says of the set a row is of: a bit for each column that is not in it, the last the lowest.
_DOCTOR, _MONTHLY, _LAST = 0b011, 0b101, 0b110


def revenue(period: Period, scope: Scope) -> PeriodRevenue:
    """What was issued, credited, received and refunded on the period's days, each by its own day. Two statements."""
    doctors: dict[int | None, dict[str, int]] = defaultdict(dict)
    months: dict[date, dict[str, int]] = defaultdict(dict)
    methods: dict[str, dict[str, int]] = defaultdict(dict)
    for of, kind, doctor, month, method, cents in _rows(_MOVED, _facts(period, scope)):
        if of == _DOCTOR:
            doctors[doctor][kind] = cents
        elif of == _MONTHLY:
            months[month][kind] = cents
        elif method:
            methods[method][kind] = cents
    return PeriodRevenue(
        settings.CURRENCY,
        [DoctorRevenue(key, *who, Revenue(**doctors[key])) for key, who in _named(doctors).items()],
        {month: Revenue(**sums) for month, sums in sorted(months.items())},
        {method: Revenue(**sums) for method, sums in sorted(methods.items())},
    )


def receivables(period: Period, scope: Scope, *, now: datetime) -> Receivables:
    """What is open at `now` of all invoices, whenever they were issued; `period` only parts it by month.

    An invoice is open by its total less what was credited and paid, refunds added; one that has too much paid makes
    no other one smaller. Two statements.
    """
    facts = _facts(period, scope) | {"today": hospital_day(now), "ages": [first for first, _ in AGES[1:]]}
    doctors: dict[int | None, tuple[int, int]] = {}
    months: dict[date | None, int] = {}
    ages, to_give_back = [0] * len(AGES), 0
    for of, doctor, month, age, is_open, overdue, too_much in _rows(_OPEN, facts):
        if of == _LAST:
            ages[age] = is_open
            to_give_back += too_much
        elif is_open and of == _DOCTOR:
            doctors[doctor] = (is_open, overdue)
        elif is_open:
            months[month] = is_open
    rows = [DoctorReceivable(key, *who, *doctors[key]) for key, who in _named(doctors).items()]
    return Receivables(settings.CURRENCY, rows, months, ages, to_give_back)


def _facts(period: Period, scope: Scope) -> dict[str, Any]:
    return {
        "start": start_of_day(period.first),
        "end": start_of_day(period.after),
        "zone": settings.TIME_ZONE,
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
