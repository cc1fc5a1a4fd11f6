"""The list of many invoices is the one of a few: the same rows by every filter, page after page (G1)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from billing.choices import InvoiceState
from billing.models import Invoice
from billing.selectors import in_state
from billing.tests.conftest import NOW
from billing.tests.desk.people import list_of, named
from billing.tests.factories import make_clerk
from billing.tests.many import many_invoices
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("now")]


@pytest.fixture
def _many(db: Any) -> None:
    many_invoices([make_patient(), make_patient()], [make_doctor(), make_doctor()], by=make_clerk(), count=400)


@pytest.mark.usefixtures("_many")
def test_every_invoice_stands_in_one_way_and_the_late_ones_are_among_the_open() -> None:
    everything = Invoice.objects.all().with_balance()  # type: ignore[attr-defined]
    found = {state: set(in_state(everything, state, NOW.date())) for state in InvoiceState}

    assert {state: len(rows) for state, rows in found.items()} == {
        InvoiceState.DRAFT: 8,
        InvoiceState.OPEN: 12,
        InvoiceState.OVERDUE: 0,
        InvoiceState.REFUND: 4,
        InvoiceState.PAID: 372,
        InvoiceState.CANCELLED: 8,
    }
    assert found[InvoiceState.REFUND] < found[InvoiceState.CANCELLED]


@pytest.mark.usefixtures("_many")
def test_they_are_listed_the_newest_first_and_narrowed(desk: Client) -> None:
    assert named(list_of(desk))[0] == "MANY-2026-000001"
    assert named(list_of(desk, state="open")) == [
        f"MANY-2026-{hundred + rest:06d}" for hundred in (0, 100, 200, 300) for rest in (1, 2, 3)
    ]
    assert named(list_of(desk, state="open", method="CARD")) == [
        f"MANY-2026-{hundred + 3:06d}" for hundred in (0, 100, 200, 300)
    ]
    assert named(list_of(desk, q="many-2026-000123")) == ["MANY-2026-000123"]
