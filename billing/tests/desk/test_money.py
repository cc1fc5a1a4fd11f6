"""Money taken, credited and given back at the desk (G2)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from billing.choices import Method
from billing.links import desk_url
from billing.models import CreditNote, Payment, Refund
from billing.services.credits import credit, refund
from billing.services.payments import take_back_payment
from billing.tests.conftest import NOW
from billing.tests.desk.people import HOSTILE
from billing.tests.factories import make_clerk, make_draft, make_invoice, pay, stands
from bookings.tests.people import hidden, shown, text_of
from integrations.models import OutgoingMessage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("now")]


def test_a_payment_is_prefilled_and_sent_twice_is_taken_once(desk: Client) -> None:
    invoice = make_invoice()
    page = desk.get(desk_url(invoice))
    assert 'value="80.00"' in text_of(page)
    sent = {"amount": "30", "method": "CASH", "reference": "", "idempotency_key": hidden(page, "idempotency_key")}

    for _ in range(2):
        desk.post(desk_url(invoice, "billing:desk_pay"), sent)

    assert stands(invoice).paid == 3_000
    assert Payment.objects.count() == 1
    other = desk.post(desk_url(invoice, "billing:desk_pay"), {**sent, "amount": "31"})
    assert "already been sent with different answers" in text_of(other)
    assert 'value="50.00"' in text_of(desk.get(desk_url(invoice)))


@pytest.mark.parametrize(
    ("said", "field", "sentence"),
    [
        ({"amount": "80.01"}, "amount", "That’s more than is left to pay."),
        ({"amount": "0"}, "amount", "Enter an amount above 0."),
        ({"amount": "-5"}, "amount", "Enter an amount, like 80.00."),
        ({"method": "CARD", "reference": ""}, "reference", "Enter the reference of this card or online payment."),
        (
            {"method": "CARD", "reference": "T-1"},
            "reference",
            "A payment with this reference has been entered already.",
        ),
        ({"method": ""}, "method", "Choose how it was paid."),
        ({"method": "GOLD"}, "method", "Choose a method from the list."),
        ({"reference": "a\nb"}, "reference", "Write this on one line."),
    ],
)
def test_what_is_wrong_with_a_payment_is_said_beside_its_field(
    desk: Client, said: dict[str, str], field: str, sentence: str
) -> None:
    pay(make_invoice(), 100, method=Method.CARD, reference="T-1")
    invoice = make_invoice()
    sent = {"amount": "12.34", "method": "CASH", "reference": HOSTILE, "idempotency_key": "k", **said}

    response = desk.post(desk_url(invoice, "billing:desk_pay"), sent)

    assert response.context["form"].errors[field] == [sentence]
    assert f'value="{shown(sent["amount"])}"' in text_of(response)
    assert HOSTILE not in text_of(response)
    assert stands(invoice).paid == 0


def test_marking_as_paid_takes_what_is_open_and_again_is_harmless(desk: Client) -> None:
    invoice = make_invoice()
    pay(invoice, 3_000)
    address = desk_url(invoice, "billing:desk_mark_paid")
    assert "£50.00" in text_of(desk.get(address))

    first = desk.post(address, {"method": "CASH", "reference": ""}, follow=True)
    again = desk.post(address, {"method": "CASH", "reference": ""}, follow=True)

    assert "The payment of £50.00 is entered." in text_of(first)
    assert "This invoice is paid already." in text_of(again)
    assert stands(invoice).paid == 8_000


def checked(page: Any) -> list[str]:
    """The methods that are chosen."""
    return re.findall(r'name="method" value="(\w+)"[^>]* checked', text_of(page))


@pytest.mark.parametrize("step", ["billing:desk_invoice", "billing:desk_pay", "billing:desk_mark_paid"])
def test_nobody_chooses_a_method_but_who_takes_the_money(desk: Client, step: str) -> None:
    page = desk.get(desk_url(make_invoice(), step))

    assert 'name="method" value="CASH"' in text_of(page)
    assert checked(page) == []
    assert "(optional)" not in text_of(page)
    assert "Needed for card and online payments" in text_of(page)


@pytest.mark.parametrize(("second", "chosen"), [(Method.CARD, ["CARD"]), (Method.CASH, [])])
def test_money_goes_back_the_one_way_it_came(desk: Client, second: str, chosen: list[str]) -> None:
    invoice = make_invoice()
    take_back_payment(payment=pay(invoice, 500), reason="Other invoice", by=make_clerk(), now=NOW)
    pay(invoice, 3_000, method=Method.CARD, reference="T-1")
    pay(invoice, 5_000, method=second, reference="T-2" if second == Method.CARD else "")
    note = credit(invoice=invoice, amounts=None, reason="Wrong patient", by=make_clerk(), now=NOW)
    address = reverse("billing:desk_refund", args=[invoice.pk, note.number])

    assert checked(desk.get(address)) == chosen
    nothing = desk.post(address, {"amount": "1", "method": "", "reference": ""})
    assert nothing.context["form"].errors["method"] == ["Choose how it’s given back."]


def test_a_payment_entered_by_mistake_is_taken_back_and_both_rows_are_shown(desk: Client) -> None:
    invoice = make_invoice()
    payment = pay(invoice, 8_000)
    address = reverse("billing:desk_take_back", args=[invoice.pk, payment.pk])

    assert shown("Say why.") in text_of(desk.post(address, {"reason": ""}))
    page = desk.post(address, {"reason": "Other invoice"}, follow=True)
    again = desk.post(address, {"reason": "Again"})

    assert stands(invoice).paid == 0
    assert "Other invoice" in text_of(page)
    assert [row.is_void for row in page.context["page"].payments] == [True, True]
    assert "This has been taken back already." in text_of(again)
    assert desk.get(reverse("billing:desk_take_back", args=[make_invoice().pk, payment.pk])).status_code == 404


def test_one_line_is_credited_and_given_back(desk: Client) -> None:
    invoice = make_invoice(8_000, 5_000)
    pay(invoice, 13_000)
    second = invoice.lines.get(position=2)
    address = desk_url(invoice, "billing:desk_credit")
    sent = {"extent": "part", "reason": "Not needed", "idempotency_key": "k", f"credit_{second.pk}": "50"}

    for _ in range(2):
        desk.post(address, sent)
    note = CreditNote.objects.get()
    refund_url = reverse("billing:desk_refund", args=[invoice.pk, note.number])
    page = desk.get(refund_url)
    assert 'value="50.00"' in text_of(page)
    too_much = desk.post(refund_url, {"amount": "50.01", "method": "CASH", "reference": ""})
    key = {"idempotency_key": "r"}
    for _ in range(2):
        desk.post(refund_url, {"amount": "50", "method": "CASH", "reference": "", **key})

    assert too_much.context["form"].errors["amount"] == ["That’s more than there is to give back."]
    assert (note.total_cents, Refund.objects.get().amount_cents, stands(invoice).left) == (5_000, 5_000, 0)
    assert desk.get(refund_url).status_code == 302


def test_all_that_is_left_is_credited(desk: Client) -> None:
    invoice = make_invoice(8_000)
    address = desk_url(invoice, "billing:desk_credit")
    assert "All that is left: £80.00" in text_of(desk.get(address))

    desk.post(address, {"extent": "all", "reason": "Wrong patient", "idempotency_key": "k"})

    assert stands(invoice).is_cancelled


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"extent": "part", "credit": "80.01"}, "That’s more than is left of the invoice."),
        ({"extent": "part", "credit": ""}, "Choose what to credit."),
        ({"extent": "all", "reason": " "}, "Say why."),
        ({"extent": "part", "credit": "x"}, "Enter an amount, like 80.00."),
    ],
)
def test_what_is_wrong_with_a_credit_is_said_and_what_was_typed_is_kept(
    desk: Client, said: dict[str, str], sentence: str
) -> None:
    invoice = make_invoice(8_000)
    sent = {"reason": HOSTILE, **said, f"credit_{invoice.lines.get().pk}": said.get("credit", "")}

    response = desk.post(desk_url(invoice, "billing:desk_credit"), sent)

    assert response.status_code == 200
    assert shown(sentence) in text_of(response)
    assert shown(sent["reason"]) in text_of(response)
    assert not CreditNote.objects.exists()


def test_an_invoice_is_mailed_again_once_a_form(desk: Client) -> None:
    invoice = make_invoice()
    page = desk.get(desk_url(invoice))
    keys = page.context["mail_form"]["idempotency_key"].value()

    for _ in range(2):
        desk.post(desk_url(invoice, "billing:desk_mail"), {"idempotency_key": keys})

    assert OutgoingMessage.objects.filter(action="INVOICE").count() == 2


def test_a_draft_has_no_money_to_move(desk: Client) -> None:
    draft = make_draft()

    for step in ("pay", "mark_paid", "credit", "mail"):
        response = desk.post(desk_url(draft, f"billing:desk_{step}"), {"idempotency_key": "k"}, follow=True)
        assert "still a draft" in text_of(response)


def test_a_refund_entered_by_mistake_is_taken_back_on_its_page(desk: Client) -> None:
    invoice, clerk = make_invoice(), make_clerk()
    pay(invoice, invoice.total_cents)
    note = credit(invoice=invoice, reason="Wrong", by=clerk, now=NOW)
    wrong = refund(credit_note=note, amount_cents=500, method=Method.CASH, by=clerk, now=NOW)
    address = reverse("billing:desk_take_back_refund", args=[invoice.pk, wrong.pk])

    assert address in text_of(desk.get(desk_url(invoice)))
    assert "Say why" in text_of(desk.post(address, {"reason": " "}))
    answer = desk.post(address, {"reason": "It was £50"}, follow=True)

    assert "The refund is taken back." in text_of(answer)
    assert "It was £50" in text_of(answer)
    assert address not in text_of(answer)
    assert stands(invoice).refunded == 0
    assert desk.get(address).status_code == 302
    assert desk.get(address.replace(str(wrong.pk), str(invoice.pk))).status_code == 404
