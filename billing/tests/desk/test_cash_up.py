"""A day's money at the desk (G2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from billing.choices import Method
from billing.services.credits import credit
from billing.services.payments import mark_paid, take_back_payment
from billing.tests.conftest import NOW
from billing.tests.factories import make_clerk, make_invoice, pay
from patients.tests.factories import make_patient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("now")]


def test_the_till_is_counted_by_method_and_by_clerk(desk: Client) -> None:
    ada, bob = make_clerk(), make_clerk()
    first, second = make_invoice(8_000), make_invoice(8_000)
    pay(first, 3_000, by=ada)
    pay(first, 5_000, method=Method.CARD, reference="T-1", by=bob)
    wrong = pay(second, 8_000, by=ada)
    take_back_payment(payment=wrong, reason="Wrong one", by=ada, now=NOW)
    note = credit(invoice=first, amounts={first.lines.get().pk: 1_000}, reason="Half", by=bob, now=NOW)
    desk.post(
        reverse("billing:desk_refund", args=[first.pk, note.number]),
        {"amount": "10", "method": "CASH", "reference": "", "idempotency_key": "r"},
    )
    mark_paid(invoice=second, method=Method.CASH, by=ada, now=NOW + timedelta(days=1))

    page = desk.get(reverse("billing:desk_cash_up")).context["page"]

    assert [(row.label, row.received, row.returned, row.difference) for row in page.by_method] == [
        ("Cash", "£110.00", "£90.00", "£20.00"),
        ("Card", "£50.00", "£0.00", "£50.00"),
    ]
    assert {row.label: row.difference for row in page.by_clerk}[ada.full_name] == "£30.00"
    assert [row.difference for row in page.totals] == ["£70.00"]
    assert len(page.movements) == 5
    tomorrow = desk.get(reverse("billing:desk_cash_up"), {"day": "2026-08-06"})
    assert len(tomorrow.context["page"].movements) == 1


def test_the_day_is_taken_along_as_a_file_and_that_is_written_down(desk: Client) -> None:
    pay(make_invoice(patient=make_patient(full_name="Ann=1")), 3_000, reference="=1+1")

    response = desk.get(reverse("billing:desk_cash_up_csv"), {"day": "2026-08-05"})

    text = b"".join(response.streaming_content).decode()
    assert '"30.00","GBP","\'=1+1"' in text
    assert Entry.objects.filter(pgh_label="exported").latest("pgh_id").details["rows"] == 1


@pytest.mark.parametrize("day", ["x", "2026-13-01", "9999-01-01"])
def test_a_day_that_makes_no_sense_is_said_and_today_is_shown(desk: Client, day: str) -> None:
    response = desk.get(reverse("billing:desk_cash_up"), {"day": day})

    assert response.status_code == 200
    assert response.context["page"].day == NOW.date()
    assert response.context["form"].errors
