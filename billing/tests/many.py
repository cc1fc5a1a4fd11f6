"""Years of invoices for tests and measurements: rows by one statement for each table.

The room's own triggers sleep meanwhile, for each of a hundred thousand rows would wake them and the trail's; keys,
checks and foreign keys hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from accounts.models import User
from bookings.tests.conftest import NOW
from doctors.models import DoctorProfile
from patients.models import PatientProfile

# The newest is the first one; twelve minutes lie between two. Of a hundred two are drafts, two are to be paid in time
# or are overdue, one is part paid, one is credited and given back, one is credited and still to be given back; the
# others are paid: half of them in cash, one of ten by insurance.
_KEY = "md5('invoice' || n)::uuid"
_INVOICES = f"""
INSERT INTO billing_invoice (id, patient_id, doctor_id, take, occasion, currency, discount_cents, net_cents, tax_cents,
       total_cents, created_at, created_by_id, revision, number, series, year, sequence, issued_at, issued_by_id,
       due_on, seller_name, seller_address, seller_phone, seller_tax_number, buyer_name, buyer_address,
       request_fingerprint)
SELECT {_KEY}, (%(patients)s::bigint[])[1 + n %% cardinality(%(patients)s::bigint[])],
       (%(doctors)s::bigint[])[1 + n / 100 %% cardinality(%(doctors)s::bigint[])], 1, 'OTHER', 'GBP', 0, 8000, 0, 8000,
       at, %(clerk)s, 1, CASE WHEN issued THEN 'MANY-2026-' || lpad(n::text, 6, '0') ELSE '' END,
       CASE WHEN issued THEN 'MANY' ELSE '' END, CASE WHEN issued THEN 2026 END, CASE WHEN issued THEN n END,
       CASE WHEN issued THEN at END, CASE WHEN issued THEN %(clerk)s::bigint END,
       CASE WHEN issued THEN (at + interval '14 days')::date END, 'A hospital', '', '', '', '', '', ''
FROM generate_series(1, %(count)s) n,
     LATERAL (SELECT %(now)s::timestamptz - interval '12 minutes' * n AS at, n %% 100 NOT IN (0, 50) AS issued) facts"""
_LINES = f"""
INSERT INTO billing_invoiceline (invoice_id, position, description, quantity, unit_cents, discount_cents, net_cents,
       share_cents, category, rate)
SELECT {_KEY}, 1, 'Certificate ' || n, 1, 8000, 0, 8000, 0, 'E', 0 FROM generate_series(1, %(count)s) n"""
_TAXES = f"""
INSERT INTO billing_taxtotal (invoice_id, category, rate, taxable_cents, tax_cents, words, code)
SELECT {_KEY}, 'E', 0, 8000, 0, 'Exempt', '' FROM generate_series(1, %(count)s) n"""
_SERIES = """
INSERT INTO billing_billingseries (code, year, last)
SELECT code, 2026, %(count)s FROM unnest(ARRAY['MANY', 'BACK']) code"""
_PAYMENTS = f"""
INSERT INTO billing_payment (id, invoice_id, amount_cents, method, reference, attempt, reason, received_at,
       received_by_id, request_fingerprint)
SELECT gen_random_uuid(), {_KEY}, CASE n %% 100 WHEN 3 THEN 3000 ELSE 8000 END,
       CASE WHEN n %% 10 = 9 THEN 'INSURANCE' WHEN n %% 2 = 0 THEN 'CASH' ELSE 'CARD' END, 'T-' || n, 1, '',
       %(now)s::timestamptz - interval '12 minutes' * n + interval '1 minute', %(clerk)s, ''
FROM generate_series(1, %(count)s) n WHERE n %% 100 NOT IN (0, 50, 1, 2)"""
_NOTES = """
INSERT INTO billing_creditnote (id, invoice_id, number, series, year, sequence, issued_at, issued_by_id, reason,
       net_cents, tax_cents, total_cents, request_fingerprint)
SELECT gen_random_uuid(), id, 'BACK-2026-' || lpad(sequence::text, 6, '0'), 'BACK', 2026, sequence,
       issued_at + interval '1 day', %(clerk)s, 'Entered twice', 8000, 0, 8000, ''
FROM billing_invoice WHERE series = 'MANY' AND sequence %% 100 IN (4, 5)"""
_CREDITED = """
INSERT INTO billing_creditline (credit_note_id, line_id, net_cents, tax_cents)
SELECT note.id, line.id, 8000, 0
FROM billing_creditnote note JOIN billing_invoiceline line USING (invoice_id)
WHERE note.series = 'BACK'"""
_REFUNDS = """
INSERT INTO billing_refund (id, credit_note_id, amount_cents, method, reference, refunded_at, refunded_by_id,
       reason, request_fingerprint)
SELECT gen_random_uuid(), id, 8000, 'CASH', '', issued_at, %(clerk)s, '', ''
FROM billing_creditnote
WHERE series = 'BACK' AND sequence %% 100 = 4"""


def many_invoices(
    patients: Sequence[PatientProfile], doctors: Sequence[DoctorProfile], *, by: User, count: int
) -> None:
    """`count` invoices before NOW, of the patients in turn and of the doctors a hundred at a time."""
    facts: dict[str, Any] = {"patients": [one.pk for one in patients], "doctors": [one.pk for one in doctors]}
    facts |= {"clerk": by.pk, "now": NOW, "count": count}
    tables = [model._meta.db_table for model in apps.get_app_config("billing").get_models()]
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        try:
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            with transaction.atomic():
                for statement in (_SERIES, _INVOICES, _LINES, _TAXES, _PAYMENTS, _NOTES, _CREDITED, _REFUNDS):
                    cursor.execute(statement, facts)
        finally:  # whatever went wrong: the tests that come after lean on them
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("ANALYZE")
        cursor.execute("RESET statement_timeout")
