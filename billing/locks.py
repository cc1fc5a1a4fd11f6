"""Row locks of an invoice: after the appointment it is for, before the counter of its numbers (docs/locking.md)."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from billing.models import Invoice, InvoiceQuerySet
from bookings.locks import booking, patient

__all__ = ["booking", "drafts_of", "invoice", "invoices_of", "next_number", "patient"]


def invoice(invoice_id: UUID) -> Invoice | None:
    """Lock an invoice, freshly read; what is paid and credited of it waits. None when it is gone."""
    return _locked().filter(pk=invoice_id).first()


def invoices_of(booking_id: int) -> list[Invoice]:
    """Lock all invoices of an appointment, the first one first. The appointment must be locked before."""
    return list(_locked().filter(booking=booking_id).order_by("take"))


def drafts_of(patients: Collection[int]) -> list[Invoice]:
    """Lock all drafts of some patients, by their keys; one that is being changed or issued is waited for."""
    return list(_locked().drafts().filter(patient__in=patients).order_by("pk"))


def _locked() -> InvoiceQuerySet:
    """Without its people: a row joined to a locked one is as old as the wait."""
    return InvoiceQuerySet(Invoice).select_for_update(of=("self",), no_key=True)


def next_number(series: str, year: int) -> int:
    """The next number of a series and year; whoever takes another waits until this transaction ends.

    The last lock of all, so that the wait is short. Part of the transaction: when that is rolled back the number is as
    if it had never been given, which no sequence of the database would do.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO billing_billingseries AS series (code, year, last) VALUES (%s, %s, 1)
            ON CONFLICT (code, year) DO UPDATE SET last = series.last + 1 RETURNING last
            """,
            [series, year],
        )
        (number,) = cursor.fetchone()
    return int(number)
