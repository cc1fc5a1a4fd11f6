"""What the database itself refuses of invoices and payments, by whatever road it comes (docs/billing.md)."""

from __future__ import annotations

from typing import Any

import pgtrigger

from accounts.erasure_triggers import nothing_for_the_erased
from billing.choices import REASON_ERASED


def _refusal(name: str, words: str) -> str:
    return f"RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{name}';"


_CREDITED = "COALESCE((SELECT sum(total_cents) FROM billing_creditnote WHERE invoice_id = {invoice}), 0)"
_PAID = "COALESCE((SELECT sum(amount_cents) FROM billing_payment WHERE invoice_id = {invoice}), 0)"
_REFUNDED = """COALESCE((
    SELECT sum(refund.amount_cents) FROM billing_refund AS refund
    JOIN billing_creditnote AS note ON note.id = refund.credit_note_id WHERE note.invoice_id = {invoice}
), 0)"""

# What an issued invoice says is never changed, no column of it. When the law no longer asks to keep it, what tells who
# it was is taken out of it, in a transaction that has said so, and only of somebody erased (docs/adr/0012).
_OF_THE_ERASED = """EXISTS (
    SELECT FROM billing_invoice AS invoice
    JOIN patients_patientprofile AS patient ON patient.id = invoice.patient_id
    LEFT JOIN doctors_doctorprofile AS doctor ON doctor.id = invoice.doctor_id
    LEFT JOIN accounts_user AS account ON account.id = doctor.user_id
    WHERE invoice.id = {invoice} AND (patient.erased_at IS NOT NULL OR account.erased_at IS NOT NULL)
)"""


def _stays(name: str, words: str, *, emptied: dict[str, str], invoice: str, condition: Any = None) -> pgtrigger.Trigger:
    """Refuses every change but the erasure, which gives the columns of `emptied` these values and changes no other."""
    columns = "{" + ",".join(emptied) + "}"
    values = " AND ".join(f"NEW.{column} = '{value}'" for column, value in emptied.items())
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=condition,
        func=f"""
            IF current_setting('hms.erasing', TRUE) = 'yes' AND {values}
                AND to_jsonb(NEW) - '{columns}'::text[] = to_jsonb(OLD) - '{columns}'::text[]
                AND {_OF_THE_ERASED.format(invoice=invoice)}
            THEN
                RETURN NEW;
            END IF;
            {_refusal(name, words)}
        """,
    )


INVOICE_TRIGGERS = [
    nothing_for_the_erased("no_invoice_for_the_erased", patient="patient"),
    pgtrigger.Trigger(
        name="invoice_begins_as_a_draft",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=~pgtrigger.Q(new__number=""),
        func=_refusal("invoice_begins_as_a_draft", "an invoice begins as a draft"),
    ),
    _stays(
        "issued_invoice_stays",
        "an issued invoice never changes",
        emptied={"buyer_name": "", "buyer_address": ""},
        invoice="OLD.id",
        condition=~pgtrigger.Q(old__number=""),
    ),
    pgtrigger.Trigger(
        name="issued_invoice_is_kept",
        when=pgtrigger.Before,
        operation=pgtrigger.Delete,
        condition=~pgtrigger.Q(old__number=""),
        func=_refusal("issued_invoice_is_kept", "an issued invoice is never deleted"),
    ),
    pgtrigger.Trigger(
        name="issued_invoice_adds_up",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Q(old__number="") & ~pgtrigger.Q(new__number=""),
        declare=[("nets", "bigint"), ("shares", "bigint"), ("taxable", "bigint"), ("tax", "bigint")],
        func=f"""
            SELECT COALESCE(sum(net_cents), 0), COALESCE(sum(share_cents), 0) INTO nets, shares
                FROM billing_invoiceline WHERE invoice_id = NEW.id;
            SELECT COALESCE(sum(taxable_cents), 0), COALESCE(sum(tax_cents), 0) INTO taxable, tax
                FROM billing_taxtotal WHERE invoice_id = NEW.id;
            IF (shares, nets - shares, taxable, tax)
                IS DISTINCT FROM (NEW.discount_cents::bigint, NEW.net_cents::bigint, NEW.net_cents::bigint,
                                  NEW.tax_cents::bigint) THEN
                {_refusal("issued_invoice_adds_up", "the lines of an invoice are not its total")}
            END IF;
            RETURN NEW;
        """,
    ),
    # Of one appointment there is one invoice that counts: the next may be made when all before are wholly credited.
    pgtrigger.Trigger(
        name="invoice_of_a_visit_once",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Q(new__booking__isnull=False),
        func=f"""
            IF NEW.take <> 1 + (SELECT count(*) FROM billing_invoice WHERE booking_id = NEW.booking_id) OR EXISTS (
                SELECT FROM billing_invoice AS other WHERE other.booking_id = NEW.booking_id
                AND (other.number = '' OR other.total_cents <> {_CREDITED.format(invoice="other.id")})
            ) THEN
                {_refusal("invoice_of_a_visit_once", "this appointment has an invoice")}
            END IF;
            RETURN NEW;
        """,
    ),
]


def part_of_a_draft(name: str) -> list[pgtrigger.Trigger]:
    """Rows that come and go with a draft, and stay as they are once their invoice is issued. Never changed: replaced.

    The share of the invoice's lock makes a row written by hand wait for whoever is issuing just then.
    """
    return [
        *(
            pgtrigger.Trigger(
                name=f"{name}_{ending}",
                when=pgtrigger.Before,
                operation=operation,
                declare=[("issued", "text")],
                func=f"""
                    SELECT number INTO issued FROM billing_invoice WHERE id = {row}.invoice_id FOR SHARE;
                    IF issued <> '' THEN
                        {_refusal(f"{name}_{ending}", "an issued invoice never changes")}
                    END IF;
                    RETURN {row};
                """,
            )
            for ending, operation, row in (("is_new", pgtrigger.Insert, "NEW"), ("is_kept", pgtrigger.Delete, "OLD"))
        ),
    ]


INVOICE_LINE_TRIGGERS = [
    _stays("invoice_line_stays", "a line never changes", emptied={"description": ""}, invoice="OLD.invoice_id"),
    *part_of_a_draft("invoice_line"),
]
TAX_TOTAL_TRIGGERS = [
    pgtrigger.Protect(name="tax_total_stays", operation=pgtrigger.Update),
    *part_of_a_draft("tax_total"),
]


def append_only(name: str) -> list[pgtrigger.Trigger]:
    return [pgtrigger.Protect(name=f"{name}_stays", operation=pgtrigger.Update | pgtrigger.Delete)]


def _guard(name: str, *, locks: str, of: str, condition: str, words: str) -> pgtrigger.Trigger:
    """Refuses a new row unless `condition` holds, with `owner` locked: the rows of `locks` are counted one by one."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        declare=[("owner", locks)],
        func=f"""
            SELECT * INTO owner FROM {locks} WHERE id = {of} FOR NO KEY UPDATE;
            IF NOT ({condition}) THEN
                {_refusal(name, words)}
            END IF;
            RETURN NEW;
        """,
    )


_LEFT = f"owner.total_cents - {_CREDITED.format(invoice='owner.id')}"
_KEPT = f"{_PAID.format(invoice='owner.id')} - {_REFUNDED.format(invoice='owner.id')}"


def _taken_back_as_it_was(name: str, *, of: str) -> pgtrigger.Trigger:
    """Taken back is what came in or went out, all of it, as it did."""
    return _guard(
        f"{name}_taken_back_as_it_was",
        locks=f"billing_{name}",
        of="NEW.takes_back_id",
        condition=f"""
            NEW.takes_back_id IS NULL OR (owner.takes_back_id IS NULL
            AND (NEW.{of}, NEW.method, NEW.amount_cents) = (owner.{of}, owner.method, -owner.amount_cents))
        """,
        words=f"another {name} than was entered",
    )


PAYMENT_TRIGGERS = [
    _stays("payment_stays", "a payment never changes", emptied={"reason": REASON_ERASED}, invoice="OLD.invoice_id"),
    pgtrigger.Protect(name="payment_is_kept", operation=pgtrigger.Delete),
    _guard(
        "payment_within_balance",
        locks="billing_invoice",
        of="NEW.invoice_id",
        condition=f"""
            owner.number <> '' AND (NEW.amount_cents < 0 OR NEW.amount_cents <= {_LEFT} - ({_KEPT}))
            AND NEW.amount_cents + {_KEPT} >= 0
        """,
        words="more than is to pay",
    ),
    _taken_back_as_it_was("payment", of="invoice_id"),
    pgtrigger.Trigger(
        name="payment_reference_is_free",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Q(new__attempt__gt=1),
        func=f"""
            IF EXISTS (
                SELECT FROM billing_payment AS other
                WHERE other.method = NEW.method AND other.takes_back_id IS NULL
                AND upper(replace(other.reference, ' ', '')) = upper(replace(NEW.reference, ' ', ''))
                AND NOT EXISTS (SELECT FROM billing_payment WHERE takes_back_id = other.id)
            ) THEN
                {_refusal("payment_reference_is_free", "this reference is in use")}
            END IF;
            RETURN NEW;
        """,
    ),
]


def _adds_up(name: str, *, note: str) -> pgtrigger.Trigger:
    """Refuses at the end of the transaction that the lines of a credit note aren't its amounts."""
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        timing=pgtrigger.Deferred,
        func=f"""
            IF EXISTS (
                SELECT FROM billing_creditnote AS note WHERE note.id = {note}
                AND (note.net_cents, note.tax_cents) <> (
                    SELECT COALESCE(sum(net_cents), 0)::bigint, COALESCE(sum(tax_cents), 0)::bigint
                    FROM billing_creditline WHERE credit_note_id = note.id
                )
            ) THEN
                {_refusal("credit_note_adds_up", "the lines of a credit note are not its total")}
            END IF;
            RETURN NULL;
        """,
    )


CREDIT_NOTE_TRIGGERS = [
    _stays(
        "credit_note_stays",
        "a credit note never changes",
        emptied={"reason": REASON_ERASED},
        invoice="OLD.invoice_id",
    ),
    pgtrigger.Protect(name="credit_note_is_kept", operation=pgtrigger.Delete),
    _guard(
        "credit_within_invoice",
        locks="billing_invoice",
        of="NEW.invoice_id",
        condition=f"owner.number <> '' AND NEW.total_cents <= {_LEFT}",
        words="more than is left of the invoice",
    ),
    # Its lines are written after it, in the same transaction.
    _adds_up("credit_note_adds_up", note="NEW.id"),
]
CREDIT_LINE_TRIGGERS = [
    *append_only("credit_line"),
    _adds_up("credit_line_adds_up", note="NEW.credit_note_id"),
    _guard(
        "credit_within_line",
        locks="billing_invoiceline",
        of="NEW.line_id",
        condition="""
            owner.invoice_id = (SELECT invoice_id FROM billing_creditnote WHERE id = NEW.credit_note_id)
            AND NEW.net_cents <= owner.net_cents - owner.share_cents
                - COALESCE((SELECT sum(net_cents) FROM billing_creditline WHERE line_id = owner.id), 0)
        """,
        words="more than is left of the line",
    ),
]
REFUND_TRIGGERS = [
    _stays(
        "refund_stays",
        "a refund never changes",
        emptied={"reason": REASON_ERASED},
        invoice="(SELECT invoice_id FROM billing_creditnote WHERE id = OLD.credit_note_id)",
    ),
    pgtrigger.Protect(name="refund_is_kept", operation=pgtrigger.Delete),
    _taken_back_as_it_was("refund", of="credit_note_id"),
    _guard(
        "refund_within_credit_note",
        locks="billing_creditnote",
        of="NEW.credit_note_id",
        condition="""
            NEW.amount_cents < 0 OR NEW.amount_cents <= owner.total_cents
                - COALESCE((SELECT sum(amount_cents) FROM billing_refund WHERE credit_note_id = owner.id), 0)
        """,
        words="more than is left of the credit note",
    ),
    _guard(
        "refund_within_payments",
        locks="billing_invoice",
        of="(SELECT invoice_id FROM billing_creditnote WHERE id = NEW.credit_note_id)",
        condition=f"NEW.amount_cents < 0 OR NEW.amount_cents <= {_KEPT} - ({_LEFT})",
        words="more than was paid too much",
    ),
]
SERIES_TRIGGERS = [
    pgtrigger.Protect(name="series_is_kept", operation=pgtrigger.Delete),
    pgtrigger.Trigger(
        name="series_begins_with_1",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        condition=~pgtrigger.Q(new__last=1),
        func=_refusal("series_begins_with_1", "numbers begin with 1"),
    ),
    # One by one, whoever writes it: a number that is skipped is asked about for ten years.
    pgtrigger.Trigger(
        name="series_counts_on",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        func=f"""
            IF (NEW.code, NEW.year, NEW.last) IS DISTINCT FROM (OLD.code, OLD.year, OLD.last + 1) THEN
                {_refusal("series_counts_on", "numbers follow one another")}
            END IF;
            RETURN NEW;
        """,
    ),
]
