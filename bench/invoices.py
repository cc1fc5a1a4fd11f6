"""100,000 invoices of a year, in a hospital that is filled already (bench/hospital.py).

Most are paid, some in part or not at all, a few credited and refunded, every fiftieth is no doctor's.
"""

from __future__ import annotations

from django.db import connection

INVOICE_COUNT = 100_000
DAYS = 365

INVOICES = """
INSERT INTO billing_invoice (id, patient_id, doctor_id, take, occasion, currency, discount_cents, net_cents, tax_cents,
       total_cents, created_at, revision, number, series, year, sequence, issued_at, issued_by_id, due_on, seller_name,
       seller_address, seller_phone, seller_tax_number, buyer_name, buyer_address, request_fingerprint)
SELECT gen_random_uuid(), patient.id, CASE WHEN n %% 50 > 0 THEN doctor.id END, 1, 'OTHER', %(currency)s, 0, cents, 0,
       cents, at, 1, 'INV-2026-' || lpad(n::text, 6, '0'), 'INV', 2026, n, at, doctor.user_id,
       (at AT TIME ZONE 'Europe/London')::date + 14, 'Bench', '', '', '', 'Patient', '', ''
FROM generate_series(1, %(invoices)s) n
CROSS JOIN LATERAL (SELECT now() - interval '1 day' * %(days)s * n / %(invoices)s AS at,
                           4000 + n * 37 %% 16000 AS cents) facts
JOIN (SELECT id, row_number() OVER () - 1 AS place FROM patients_patientprofile) patient
     ON patient.place = n %% %(patients)s
JOIN (SELECT id, user_id, row_number() OVER () - 1 AS place FROM doctors_doctorprofile) doctor
     ON doctor.place = n * 7 %% %(doctors)s"""
LINES = """
INSERT INTO billing_invoiceline (invoice_id, position, description, quantity, unit_cents, discount_cents, net_cents,
       share_cents, category, rate)
SELECT id, 1, 'Appointment', 1, net_cents, 0, net_cents, 0, 'E', 0 FROM billing_invoice"""
# Of a hundred: 85 paid at once, 5 by half, 10 not at all.
PAYMENTS = """
INSERT INTO billing_payment (id, invoice_id, amount_cents, method, reference, received_at, received_by_id, reason,
       attempt, request_fingerprint)
SELECT gen_random_uuid(), id, CASE WHEN sequence %% 100 < 85 THEN total_cents ELSE total_cents / 2 END,
       (ARRAY['CASH', 'CARD', 'ONLINE', 'INSURANCE'])[1 + sequence / 3 %% 4], 'bench-' || sequence,
       least(issued_at + interval '1 day' * (sequence %% 20), now()), issued_by_id, '', 1, ''
FROM billing_invoice WHERE sequence %% 100 < 90"""
CREDIT_NOTES = """
INSERT INTO billing_creditnote (id, invoice_id, number, series, year, sequence, issued_at, issued_by_id, reason,
       net_cents, tax_cents, total_cents, request_fingerprint)
SELECT gen_random_uuid(), id, 'CRN-2026-' || sequence, 'CRN', 2026, sequence,
       least(issued_at + interval '40 days', now()), issued_by_id, 'Agreed', total_cents, 0, total_cents, ''
FROM billing_invoice WHERE sequence %% 25 = 0"""
REFUNDS = """
INSERT INTO billing_refund (id, credit_note_id, amount_cents, method, reference, refunded_at, refunded_by_id,
       reason, request_fingerprint)
SELECT gen_random_uuid(), note.id, payment.amount_cents, payment.method, '', note.issued_at, note.issued_by_id, '', ''
FROM billing_creditnote note JOIN billing_payment payment USING (invoice_id)"""


def fill_invoices(*, doctors: int, patients: int, currency: str, invoices: int = INVOICE_COUNT) -> None:
    """Write them into the database the connection leads to."""
    print(f"Filling {invoices:,} invoices ...", flush=True)
    facts = {"invoices": invoices, "doctors": doctors, "patients": patients, "days": DAYS, "currency": currency}
    with connection.cursor() as cursor:
        # The triggers that keep an invoice as it was issued let nothing be written issued.
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET session_replication_role = replica")
        for statement in (INVOICES, LINES, PAYMENTS, CREDIT_NOTES, REFUNDS):
            cursor.execute(statement, facts)
        cursor.execute("VACUUM (ANALYZE)")
    connection.close()  # the next one begins with the settings of every other
