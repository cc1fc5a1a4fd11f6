"""The same form sent twice is answered once; the same key with other answers is refused, whatever it changes."""

from __future__ import annotations

from typing import Any

import pytest

from billing.choices import Method
from billing.errors import FormReused
from billing.models import CreditNote, Invoice, Payment, Refund
from billing.services.credits import credit, refund
from billing.services.drafts import LineDraft, draft_for_patient, draft_for_visit
from billing.tests.conftest import NOW
from billing.tests.factories import FEE, make_clerk, make_invoice, pay
from billing.tests.test_visits import visit
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def forms(settings: Any) -> dict[str, tuple[Any, dict[str, Any], list[dict[str, Any]]]]:
    """By what it makes: how it is sent, what it says, and what it may be changed to before it is sent again."""
    invoice, other = make_invoice(5_000, 3_000), make_invoice()
    first, second = invoice.lines.all()
    paid = make_invoice()
    pay(paid, FEE)
    note = credit(invoice=paid, reason="Wrong", by=make_clerk(), now=NOW)
    line, more = LineDraft("Certificate", 1_000), LineDraft("Certificate", 99_900)
    patient = make_patient()
    said = {"reason": "Not needed", "amounts": {first.pk: 100}}
    moved = {"amount_cents": 100, "method": Method.CARD, "reference": "R1"}
    by_other_ways = [{"amount_cents": 200}, {"method": Method.ONLINE}, {"reference": "R2"}]
    return {
        "payment": (pay_by_key, {"invoice": invoice, **moved}, [{"invoice": other}, *by_other_ways]),
        "refund": (refund, {"credit_note": note, **moved}, by_other_ways),
        "credit": (
            credit,
            {"invoice": invoice, **said},
            [
                {"invoice": other, "amounts": None},
                {"amounts": {first.pk: 200}},
                {"amounts": {second.pk: 100}},
                {"amounts": None},
                {"reason": "Too much"},
            ],
        ),
        "draft": (
            draft_for_patient,
            {"patient": patient, "lines": [line]},
            [
                {"lines": [more]},
                {"lines": [line, line]},
                {"discount_cents": 1},
                {"patient": make_patient()},
                {"doctor": make_doctor()},
            ],
        ),
        "draft of a visit": (
            draft_for_visit,
            {"booking": visit(), "lines": [line]},
            [{"lines": [more]}, {"discount_cents": 1}],
        ),
    }


def pay_by_key(**facts: Any) -> Payment:
    return pay(facts.pop("invoice"), facts.pop("amount_cents"), **facts)


@pytest.mark.parametrize("name", ["payment", "refund", "credit", "draft", "draft of a visit"])
def test_a_key_is_one_answer(forms: Any, name: str) -> None:
    send, said, changes = forms[name]
    clerk = make_clerk()
    first = send(**said, by=clerk, key="k", now=NOW)
    before = [model.objects.count() for model in (Invoice, Payment, CreditNote, Refund)]

    again = send(**said, by=clerk, key="k", now=NOW)

    assert again.pk == first.pk
    assert changes
    for changed in changes:
        with pytest.raises(FormReused):
            send(**{**said, **changed}, by=clerk, key="k", now=NOW)
    assert [model.objects.count() for model in (Invoice, Payment, CreditNote, Refund)] == before


def test_a_key_is_its_senders_own() -> None:
    invoice = make_invoice()

    assert pay(invoice, 100, key="k").pk != pay(invoice, 100, key="k").pk
