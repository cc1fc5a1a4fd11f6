"""A card or online payment is entered once, however its reference is typed; what nobody sees is no word (G2)."""

from __future__ import annotations

import pytest
from django.test import Client

from billing.choices import Method
from billing.errors import ReasonNotGiven, ReferenceMissing, ReferenceUsed
from billing.links import desk_url
from billing.models import Payment
from billing.services.credits import credit
from billing.services.drafts import drop_draft
from billing.services.payments import take_back_payment
from billing.tests.conftest import NOW
from billing.tests.desk.conftest import desk
from billing.tests.desk.people import line
from billing.tests.factories import make_clerk, make_draft, make_invoice, pay
from bookings.tests.people import text_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("now")]
__all__ = ["desk"]

UNSEEN = "\u200b\u2060"


@pytest.mark.parametrize("typed", ["t-123 a", "T-123 A", " T-123  a ", "T-123a", "t-12 3\ta"])
def test_two_references_that_read_alike_are_one(typed: str) -> None:
    pay(make_invoice(), 100, method=Method.CARD, reference="T-123 a")

    with pytest.raises(ReferenceUsed):
        pay(make_invoice(), 100, method=Method.CARD, reference=typed)


def test_another_method_or_another_reference_is_another_payment() -> None:
    pay(make_invoice(), 100, method=Method.CARD, reference="T1")
    pay(make_invoice(), 100, method=Method.CARD, reference="T11")
    pay(make_invoice(), 100, method=Method.ONLINE, reference="t1")

    assert Payment.objects.count() == 3


def test_a_reference_is_kept_as_it_was_typed_and_free_again_once_taken_back() -> None:
    first = pay(make_invoice(), 100, method=Method.CARD, reference="  Pi_3Mt  Bw ")
    take_back_payment(payment=first, reason="Another invoice", by=make_clerk(), now=NOW)
    again = pay(make_invoice(), 100, method=Method.CARD, reference="pi_3mt bw")

    assert (first.reference, again.reference, again.attempt) == ("Pi_3Mt Bw", "pi_3mt bw", 2)


def test_what_nobody_sees_is_neither_reference_nor_reason() -> None:
    clerk, invoice = make_clerk(), make_invoice()
    payment = pay(invoice, 100)

    with pytest.raises(ReferenceMissing):
        pay(invoice, 100, method=Method.CARD, reference=UNSEEN)
    with pytest.raises(ReasonNotGiven):
        take_back_payment(payment=payment, reason=UNSEEN, by=clerk, now=NOW)
    with pytest.raises(ReasonNotGiven):
        credit(invoice=invoice, reason=UNSEEN, by=clerk, now=NOW)
    with pytest.raises(ReasonNotGiven):
        drop_draft(invoice=make_draft(), revision=1, reason=UNSEEN, by=clerk, now=NOW)


def test_the_forms_say_so_beside_the_field(desk: Client) -> None:
    draft = make_draft()

    changed = desk.post(
        desk_url(draft, "billing:desk_edit"), {**line(description=UNSEEN), "rows": "1", "revision": "1"}
    )
    dropped = desk.post(desk_url(draft, "billing:desk_drop"), {"reason": UNSEEN, "revision": "1"})

    assert "Enter what this line is for." in text_of(changed)
    assert "Say why." in text_of(dropped)
