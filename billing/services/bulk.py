"""Many drafts issued at once: each in its own transaction, so that one that fails keeps none of the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import User
from billing.errors import IssuingFailed
from billing.models import Invoice
from billing.services.issuing import issue
from core.batches import leave
from core.errors import DomainError


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What was issued, and what was refused and why, in their order."""

    issued: list[Invoice]
    refused: list[tuple[Invoice, DomainError]]


def issue_many(*, invoices: Sequence[Invoice], revisions: Mapping[UUID, int], by: User, now: datetime) -> BulkResult:
    """Issue these drafts, each as it was seen: `revisions` by their keys."""
    result = BulkResult([], [])
    for invoice in invoices:
        try:
            result.issued.append(issue_seen(invoice=invoice, revision=revisions[invoice.pk], by=by, now=now))
        except DomainError as error:
            result.refused.append((invoice, error))
    return result


def issue_seen(*, invoice: Invoice, revision: int, by: User, now: datetime) -> Invoice:
    """As `issue`, of one among many: what goes wrong with it is logged, and refused as everything else.

    Raises what `issue` raises, IssuingFailed; and the error itself when the database has gone.
    """
    try:
        return issue(invoice=invoice, revision=revision, by=by, now=now)
    except DomainError:
        raise
    except Exception as error:
        leave(invoice, error, "Draft of an invoice")
        raise IssuingFailed from error
