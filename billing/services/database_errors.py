"""What stands behind the locks, in words: whoever got past them is told the same."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.services import ERASED_ERRORS
from billing.errors import (
    AlreadyInvoiced,
    AlreadyIssued,
    CreditTooLarge,
    FormReused,
    Overpayment,
    ReferenceMissing,
    ReferenceUsed,
    RefundTooLarge,
    TakenBackAlready,
)
from core.errors import DomainError

BILLING_ERRORS: Mapping[str, type[DomainError]] = {
    **ERASED_ERRORS,
    "invoice_take_once": AlreadyInvoiced,
    "invoice_of_a_visit_once": AlreadyInvoiced,
    "invoice_idempotency_key": FormReused,
    "issued_invoice_stays": AlreadyIssued,
    "issued_invoice_is_kept": AlreadyIssued,
    "invoice_line_is_new": AlreadyIssued,
    "invoice_line_is_kept": AlreadyIssued,
    "payment_within_balance": Overpayment,
    "payment_reference_once": ReferenceUsed,
    "payment_has_its_reference": ReferenceMissing,
    "payment_reference_is_free": ReferenceUsed,
    "billing_payment_takes_back_id_key": TakenBackAlready,
    "payment_idempotency_key": FormReused,
    "credit_within_invoice": CreditTooLarge,
    "credit_within_line": CreditTooLarge,
    "credit_note_idempotency_key": FormReused,
    "refund_within_credit_note": RefundTooLarge,
    "refund_within_payments": RefundTooLarge,
    "billing_refund_takes_back_id_key": TakenBackAlready,
    "refund_idempotency_key": FormReused,
}
