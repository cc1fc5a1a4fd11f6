"""What the database refuses of money, tried by raw SQL: no road past the services (docs/billing.md)."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, InternalError, connection, transaction

from billing.choices import Method
from billing.models import Invoice
from billing.services.credits import credit, refund
from billing.services.issuing import issue
from billing.tests.conftest import NOW
from billing.tests.factories import make_clerk, make_draft, make_invoice, pay

pytestmark = pytest.mark.django_db(transaction=True)

PAYMENT = (
    "INSERT INTO billing_payment (id, invoice_id, amount_cents, method, reference, reason, attempt, received_at,"
    " received_by_id, request_fingerprint) VALUES (gen_random_uuid(), %s"
)
NOTE = (
    "WITH note AS (INSERT INTO billing_creditnote (id, invoice_id, number, series, year, sequence, issued_at, reason,"
    " net_cents, tax_cents, total_cents, request_fingerprint) VALUES (gen_random_uuid(), %s"
)

FIELDS = [field for field in Invoice._meta.concrete_fields if field.name != "id"]


def sql(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize("column", [field.column for field in FIELDS])
def test_no_column_of_an_issued_invoice_changes(column: str) -> None:
    invoice = make_invoice()
    other = {"uuid": "gen_random_uuid()", "timestamp with time zone": "now()", "date": "'2000-01-01'"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT data_type FROM information_schema.columns"
            " WHERE table_name = 'billing_invoice' AND column_name = %s",
            [column],
        )
        (kind,) = cursor.fetchone()
    value = other.get(kind, "7" if "int" in kind else "'X'")

    with pytest.raises(IntegrityError, match="an issued invoice never changes"):
        sql(f"UPDATE billing_invoice SET {column} = {value} WHERE id = %s", invoice.pk)


@pytest.mark.parametrize("table", ["invoiceline", "taxtotal", "payment", "creditnote", "creditline", "refund"])
def test_rows_of_an_issued_invoice_are_neither_changed_nor_deleted(table: str) -> None:
    invoice, clerk = make_invoice(8_000), make_clerk()
    pay(invoice, 8_000)
    note = credit(invoice=invoice, reason="Wrong", by=clerk, now=NOW)
    refund(credit_note=note, amount_cents=100, method=Method.CASH, by=clerk, now=NOW)
    column = {"invoiceline": "net_cents", "taxtotal": "tax_cents", "payment": "amount_cents"}.get(table)
    column = column or {"refund": "amount_cents"}.get(table, "net_cents")

    with pytest.raises((IntegrityError, InternalError)):
        sql(f"UPDATE billing_{table} SET {column} = {column} + 1")
    with pytest.raises((IntegrityError, InternalError)):
        sql(f"DELETE FROM billing_{table}")


def test_an_issued_invoice_is_never_deleted_and_gets_no_more_lines() -> None:
    invoice = make_invoice()

    with pytest.raises(IntegrityError, match="never deleted"):
        sql("DELETE FROM billing_invoice WHERE id = %s", invoice.pk)
    with pytest.raises(IntegrityError, match="an issued invoice never changes"):
        sql(
            "INSERT INTO billing_invoiceline (invoice_id, position, description, quantity, unit_cents, discount_cents,"
            " net_cents, share_cents, category, rate) VALUES (%s, 2, 'More', 1, 1, 0, 1, 0, 'E', 0)",
            invoice.pk,
        )


def test_by_raw_sql_no_more_is_paid_credited_or_given_back_than_there_is() -> None:
    invoice, clerk = make_invoice(8_000), make_clerk()

    with pytest.raises(IntegrityError, match="more than is to pay"):
        sql(f"{PAYMENT}, 8001, 'CASH', '', '', 1, now(), %s, '')", invoice.pk, clerk.pk)
    sql(f"{PAYMENT}, 8000, 'CASH', '', '', 1, now(), %s, '')", invoice.pk, clerk.pk)
    note = credit(invoice=invoice, amounts={invoice.lines.get().pk: 50}, reason="Half", by=clerk, now=NOW)
    with pytest.raises(IntegrityError, match="more than is left of the credit note"):
        sql(
            "INSERT INTO billing_refund (id, credit_note_id, amount_cents, method, reference, refunded_at,"
            " refunded_by_id, reason, request_fingerprint)"
            " VALUES (gen_random_uuid(), %s, 51, 'CASH', '', now(), %s, '', '')",
            note.pk,
            clerk.pk,
        )
    with pytest.raises(IntegrityError, match="more than is left of the invoice"):
        sql(f"{NOTE}, 'X', 'CRN', 2026, 99, now(), 'x', 7951, 0, 7951, '') RETURNING id) SELECT FROM note", invoice.pk)


def test_an_invoice_that_does_not_add_up_is_not_issued() -> None:
    draft, clerk = make_draft(8_000), make_clerk()
    sql("UPDATE billing_invoice SET net_cents = 7000, total_cents = 7000 WHERE id = %s", draft.pk)

    with pytest.raises(IntegrityError, match="the lines of an invoice are not its total"):
        issue(invoice=draft, by=clerk, now=NOW)


def test_no_number_is_skipped_by_hand() -> None:
    make_invoice()

    with pytest.raises(IntegrityError, match="numbers follow one another"):
        sql("UPDATE billing_billingseries SET last = last + 2")
    with pytest.raises((IntegrityError, InternalError)):
        sql("DELETE FROM billing_billingseries")


def test_by_raw_sql_only_what_came_in_is_taken_back() -> None:
    invoice, other, clerk = make_invoice(8_000), make_invoice(8_000), make_clerk()
    payment = pay(invoice, 500, method=Method.CARD, reference="T-1")
    pay(other, 500)
    row = (
        "INSERT INTO billing_payment (id, invoice_id, takes_back_id, amount_cents, method, reference, reason, attempt,"
        " received_at, received_by_id, request_fingerprint)"
        " VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, %s, %s, now(), %s, '')"
    )

    for into, cents, method in ((invoice, -499, "CARD"), (invoice, -500, "CASH"), (other, -500, "CARD")):
        with pytest.raises(IntegrityError, match="another payment than was entered"):
            sql(row, into.pk, payment.pk, cents, method, "", "Wrong", 1, clerk.pk)
    with pytest.raises(IntegrityError, match="this reference is in use"):
        sql(row, invoice.pk, None, 500, "CARD", "T-1", "", 2, clerk.pk)
    with pytest.raises(IntegrityError, match="payment_is_something"):
        sql(row, invoice.pk, None, -500, "CARD", "T-2", "", 1, clerk.pk)
    sql(row, invoice.pk, payment.pk, -500, "CARD", "", "Wrong", 1, clerk.pk)


def test_a_finished_credit_note_gets_no_more_lines_and_has_the_tax_of_its_lines() -> None:
    invoice, clerk = make_invoice(8_000, 1_000), make_clerk()
    first, second = invoice.lines.all()
    note = credit(invoice=invoice, amounts={first.pk: 1_000}, reason="Half", by=clerk, now=NOW)
    line = "INSERT INTO billing_creditline (credit_note_id, line_id, net_cents, tax_cents) VALUES (%s, %s, %s, %s)"

    with pytest.raises(IntegrityError, match="the lines of a credit note are not its total"):
        sql(line, note.pk, second.pk, 500, 0)
    with pytest.raises(IntegrityError, match="the lines of a credit note are not its total"):
        sql(
            f"{NOTE}, 'X', 'CRN', 2026, 99, now(), 'x', 500, 9, 509, '') RETURNING id) INSERT INTO billing_creditline"
            " (credit_note_id, line_id, net_cents, tax_cents) SELECT id, %s, 500, 0 FROM note",
            invoice.pk,
            second.pk,
        )


def test_numbers_begin_with_1_and_references_with_the_first_attempt() -> None:
    invoice, clerk = make_invoice(), make_clerk()

    with pytest.raises(IntegrityError, match="numbers begin with 1"):
        sql("INSERT INTO billing_billingseries (code, year, last) VALUES ('INV', 2030, 500)")
    with pytest.raises(IntegrityError, match="payment_attempt_counts_from_1"):
        sql(f"{PAYMENT}, 1, 'CARD', 'T', '', 0, now(), %s, '')", invoice.pk, clerk.pk)
