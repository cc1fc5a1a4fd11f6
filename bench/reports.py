"""What do the monthly reports of a large hospital cost: 1,000 doctors, and more than 100,000 appointments in the month?

Half of all times are booked, so the month before and those before it are as full; each completed visit has an invoice,
two of three are paid. Says of each step how long it takes and how many statements; ends with 1 when it takes longer
than was promised.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hms_project.settings.demo")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from bench.hospital import DOCTOR_COUNT, hospital  # noqa: E402
from bench.http.report import Promise, conclude, run, table  # noqa: E402
from bookings.models import Booking, BookingQuerySet  # noqa: E402
from core import clock  # noqa: E402
from core.clock import start_of_day  # noqa: E402
from integrations.models import OutgoingMessage  # noqa: E402
from reports import rules, services  # noqa: E402
from reports.counting import count_month  # noqa: E402
from reports.messages import MONTHLY_REPORT  # noqa: E402
from reports.models import MonthlyReport  # noqa: E402

NAME = "hms_bench_reports"
BOOKINGS, BOOKED_PER_THOUSAND = 600_000, 520
MOST_SECONDS = 120.0

# Doctors have been there for a year, so that each has a report of each month that is due.
LONG_THERE = "UPDATE doctors_doctorprofile SET approved_at = now() - interval '400 days'"
INVOICES = """
INSERT INTO billing_invoice (id, patient_id, doctor_id, booking_id, take, occasion, visit_day, currency, discount_cents,
       net_cents, tax_cents, total_cents, created_at, revision, number, series, year, sequence, issued_at, issued_by_id,
       due_on, seller_name, seller_address, seller_phone, seller_tax_number, buyer_name, buyer_address,
       request_fingerprint)
SELECT gen_random_uuid(), patient_id, doctor_id, id, 1, 'VISIT', starts_at::date, 'GBP', 0, fee_cents, 0, fee_cents,
       ends_at, 1, 'INV-' || id, 'INV', 2026, id, ends_at, booked_by_id, ends_at::date + 14, 'Hospital', '', '', '', '',
       '', '' FROM bookings_booking WHERE status = 'COMPLETED'"""
PAYMENTS = """
INSERT INTO billing_payment (id, invoice_id, amount_cents, method, reference, received_at, received_by_id, reason,
       attempt, request_fingerprint)
SELECT gen_random_uuid(), id, total_cents, 'CASH', '', issued_at, issued_by_id, '', 1, '' FROM billing_invoice
WHERE sequence %% 3 > 0"""


def add_money() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET session_replication_role = replica")
        for statement in (LONG_THERE, INVOICES, PAYMENTS):
            cursor.execute(statement, {})
        cursor.execute("VACUUM (ANALYZE)")
    connection.close()  # the next one begins with the settings of every other


def measured(act: Callable[[], Any]) -> tuple[float, int, Any]:
    """Seconds, statements, and what came of it."""
    with CaptureQueriesContext(connection) as captured:
        begin = time.perf_counter()
        answer = act()
        seconds = time.perf_counter() - begin
    return seconds, len(captured), answer


def main() -> int:
    with hospital(NAME, bookings=BOOKINGS, booked=BOOKED_PER_THOUSAND):
        add_money()
        at: dict[str, Any] = {"hour": settings.MONTHLY_REPORT_HOUR, "zone": ZoneInfo(settings.TIME_ZONE)}
        now = clock.now()
        month = rules.last_due_month(now=now, **at)
        start, end = start_of_day(month), start_of_day(rules.month_after(month))
        visits = BookingQuerySet(Booking).within(start, end).count()
        earlier = rules.due_at(rules.month_before(month), **at)
        missed = measured(lambda: services.make_reports(now=earlier))
        counting = measured(lambda: count_month(month))
        making = measured(lambda: services.make_reports(now=now))
        again = measured(lambda: services.make_reports(now=now))
        mails = OutgoingMessage.objects.filter(action=MONTHLY_REPORT).count()
        booked = sum(row.of_the_month.booked for row in MonthlyReport.objects.filter(month=month))
    assert (missed[2], making[2], again[2]) == (DOCTOR_COUNT * rules.CATCHES_UP, DOCTOR_COUNT, 0)
    rows: list[list[str | float]] = [
        ["counting the month", *counting[:2]],
        ["making and mailing its reports", *making[:2]],
        ["three months that were missed", *missed[:2]],
        ["again, nothing due", *again[:2]],
    ]
    table(["", "seconds", "statements"], rows)
    print(f"{visits:,} appointments in the month, {booked:,} of them not moved; {mails:,} mails.")
    promises = [
        Promise(said="appointments in the month", found=float(visits), least=100_000),
        Promise(said="reports and mails of all doctors, seconds", found=making[0], most=MOST_SECONDS),
    ]
    return conclude("reports", {str(row[0]): row[1:] for row in rows}, promises)


if __name__ == "__main__":
    run(main)
