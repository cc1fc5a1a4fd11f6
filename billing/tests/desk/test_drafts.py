"""Invoices made by hand, changed, issued and removed at the desk (G1)."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from billing.links import desk_url
from billing.models import Invoice
from billing.services.drafts import LineDraft, change_draft, draft_for_visit, drop_draft
from billing.tests.conftest import NOW
from billing.tests.desk.people import HOSTILE, completed, line
from billing.tests.factories import make_clerk, make_draft
from bookings.tests.people import confirmed, hidden, shown, text_of
from patients.tests.factories import make_patient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("now")]


def test_an_invoice_of_an_appointment_begins_with_its_fee(desk: Client) -> None:
    visit = completed(12_550)
    address = f"{reverse('billing:desk_new')}?booking={visit.reference}"
    page = desk.get(address)

    assert 'value="125.50"' in text_of(page)
    assert "Appointment on Wednesday 5 August 2026" in text_of(page)
    sent = {**line(description="Appointment", unit="125.50"), "rows": "1"}
    sent["idempotency_key"] = hidden(page, "idempotency_key")
    responses = [desk.post(address, sent) for _ in range(2)]
    draft = Invoice.objects.get()
    assert (draft.booking, draft.total_cents) == (visit, 12_550)
    assert {response["Location"] for response in responses} == {desk_url(draft)}

    again = desk.get(address, follow=True)
    assert again.redirect_chain[0][0] == desk_url(draft)
    late = desk.post(address, {**sent, "idempotency_key": "other"})
    assert late.status_code == 200
    assert "This appointment has an invoice already." in text_of(late)


def test_an_appointment_that_is_still_to_come_is_not_invoiced(desk: Client) -> None:
    booking = confirmed()

    response = desk.get(f"{reverse('billing:desk_new')}?booking={booking.reference}", follow=True)

    assert "Only a completed, cancelled or missed appointment can be invoiced." in text_of(response)


def test_something_else_is_invoiced_to_a_patient_who_was_found(desk: Client) -> None:
    patient = make_patient(full_name="Jo Ram")
    found = desk.get(reverse("billing:desk_new"), {"q": "jo ram"})
    address = f"{reverse('billing:desk_new')}?patient={patient.pk}"
    assert address in text_of(found)

    desk.post(address, {**line(), **line(1, description="Report", unit="1,250.50", tax="S:20"), "rows": "2"})

    draft = Invoice.objects.get()
    assert (draft.patient, draft.net_cents, draft.tax_cents) == (patient, 133_050, 25_010)


@pytest.mark.parametrize("query", ["booking=NOPE-2222", "patient=0", "patient=x", "patient=99999999999999999999"])
def test_nobody_and_nothing_is_not_there(desk: Client, query: str) -> None:
    assert desk.get(f"{reverse('billing:desk_new')}?{query}").status_code == 404


@pytest.mark.parametrize(("currency", "typed", "wrong"), [("JPY", "1,250", "1.5"), ("KWD", "1.250", "1.2505")])
def test_money_is_typed_in_the_hospitals_currency(
    desk: Client, settings: Any, currency: str, typed: str, wrong: str
) -> None:
    settings.CURRENCY = currency
    address = f"{reverse('billing:desk_new')}?patient={make_patient().pk}"

    refused = desk.post(address, {**line(unit=wrong), "rows": "1"})
    desk.post(address, {**line(unit=typed), "rows": "1"})

    assert f'value="{wrong}"' in text_of(refused)
    assert "digits after the point" in text_of(refused)
    draft = Invoice.objects.get()
    assert (draft.currency, draft.total_cents) == (currency, 1_250)


def test_lines_are_added_and_removed_with_what_was_typed_kept(desk: Client) -> None:
    draft = make_draft(8_000, 9_000)
    address = desk_url(draft, "billing:desk_edit")
    sent = {**line(unit="eighty"), **line(1, description=HOSTILE), "rows": "2", "discount": "5", "revision": "1"}

    added = desk.post(address, {**sent, "act": "add"})
    assert added.context["form"].row_count == 3
    assert 'value="eighty"' in text_of(added)
    assert shown(HOSTILE) in text_of(added)
    assert HOSTILE not in text_of(added)
    assert hidden(added, "revision") == "1"

    removed = desk.post(address, {**sent, "act": "remove-0"})
    assert removed.context["form"].row_count == 1
    assert 'value="eighty"' not in text_of(removed)
    assert 'value="5"' in text_of(removed)
    assert Invoice.objects.get(pk=draft.pk).revision == 1


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"unit": "80,00"}, "Line 1: Write the amount with a point instead of a comma, like 80.00."),
        ({"unit": "eighty"}, "Line 1: Enter an amount, like 80.00."),
        ({"unit": ""}, "Enter an amount, like 80.00."),
        ({"description": ""}, "Enter what this line is for."),
        ({"quantity": "0"}, "Enter how many, like 1 or 1.5."),
        ({"quantity": "NaN"}, "Enter how many, like 1 or 1.5."),
        ({"discount": "80.01"}, "The discount is larger than the amount"),
        ({"description": "", "unit": "", "quantity": ""}, "Enter what the invoice is for."),
        ({"tax": "S:99"}, "Select a valid choice"),
        ({"description": "a\nb"}, "Write this on one line."),
    ],
)
def test_what_is_wrong_with_a_line_is_said_beside_it(desk: Client, said: dict[str, str], sentence: str) -> None:
    draft = make_draft()
    response = desk.post(desk_url(draft, "billing:desk_edit"), {**line(**said), "rows": "1", "revision": "1"})

    assert response.status_code == 200
    assert shown(sentence) in text_of(response)
    assert Invoice.objects.get(pk=draft.pk).revision == 1


def test_a_discount_on_all_is_not_more_than_all(desk: Client) -> None:
    address = desk_url(make_draft(), "billing:desk_edit")

    response = desk.post(address, {**line(), "rows": "1", "revision": "1", "discount": "80.01"})

    assert response.context["form"].errors["discount"]


def test_a_draft_is_shown_as_it_was_typed_and_saved_as_it_is_shown(desk: Client) -> None:
    draft = make_draft(lines=[LineDraft("Report", 10_050, discount_cents=50)], discount_cents=1_000)
    page = desk.get(desk_url(draft, "billing:desk_edit"))
    form = page.context["form"]
    sent = {name: form[name].value() for name in form.fields}

    desk.post(desk_url(draft, "billing:desk_edit"), {name: value for name, value in sent.items() if value is not None})

    after = Invoice.objects.get(pk=draft.pk)
    assert (after.revision, after.total_cents, after.discount_cents) == (2, draft.total_cents, 1_000)


def test_of_two_clerks_the_slower_one_sees_both_and_loses_nothing(desk: Client) -> None:
    draft = make_draft()
    address = desk_url(draft, "billing:desk_edit")
    change_draft(
        invoice=draft, lines=[LineDraft("Theirs", 5_000)], discount_cents=0, revision=1, by=make_clerk(), now=NOW
    )

    slower = desk.post(address, {**line(description="Mine", unit="70"), "rows": "1", "revision": "1"})

    assert slower.status_code == 409
    assert "Theirs" in text_of(slower)
    assert 'value="Mine"' in text_of(slower)
    assert hidden(slower, "revision") == "2"
    desk.post(address, {**line(description="Mine", unit="70"), "rows": "1", "revision": "2"})
    assert Invoice.objects.get(pk=draft.pk).total_cents == 7_000


@pytest.mark.parametrize("of_a_visit", [False, True])
def test_what_was_typed_into_a_draft_that_was_removed_is_kept_and_makes_a_new_one(
    desk: Client, *, of_a_visit: bool
) -> None:
    clerk, visit = make_clerk(), completed() if of_a_visit else None
    lines = [LineDraft("Report", 5_000)]
    draft = draft_for_visit(booking=visit, lines=lines, by=clerk, now=NOW) if visit else make_draft(lines=lines)
    address = desk_url(draft, "billing:desk_edit")
    whom = html.unescape(hidden(desk.get(address), "whom"))
    drop_draft(invoice=draft, revision=1, reason="Twice", by=clerk, now=NOW)
    sent = {**line(description=HOSTILE, unit="70"), "rows": "1", "revision": "1", "whom": whom}

    page = desk.post(address, sent)

    assert page.status_code == 409
    assert "This draft is no longer there. What you typed is below" in text_of(page)
    assert f'value="{shown(HOSTILE)}"' in text_of(page)
    assert desk.post(address, {**sent, "act": "add"}).context["form"].row_count == 2
    anew = html.unescape(page.context["page"].action)
    assert f'action="{html.escape(anew)}"' in text_of(page)
    desk.post(anew, {**sent, "idempotency_key": hidden(page, "idempotency_key")})
    made = Invoice.objects.get()
    assert (made.patient, made.booking, made.total_cents) == (draft.patient, visit, 7_000)


@pytest.mark.parametrize("whom", ["", "patient=0", "booking=NOPE-2222", "patient=x"])
def test_a_draft_nobody_knows_of_is_not_there(desk: Client, whom: str) -> None:
    draft = make_draft()
    address = desk_url(draft, "billing:desk_edit")
    drop_draft(invoice=draft, revision=1, reason="Twice", by=make_clerk(), now=NOW)

    assert desk.get(address).status_code == 404
    assert desk.post(address, {**line(), "rows": "1", "revision": "1", "whom": whom}).status_code == 404


def test_issuing_shows_the_total_and_refuses_what_was_changed_since(desk: Client) -> None:
    draft = make_draft()
    address = desk_url(draft, "billing:desk_issue")
    assert "Issue for £80.00" in text_of(desk.get(address))
    change_draft(invoice=draft, lines=[LineDraft("x", 1)], discount_cents=0, revision=1, by=make_clerk(), now=NOW)

    refused = desk.post(address, {"revision": "1"}, follow=True)
    assert "Someone has changed this draft" in text_of(refused)
    issued = desk.post(address, {"revision": "2"}, follow=True)
    assert "Invoice INV-2026-000001 is issued." in text_of(issued)
    again = desk.post(address, {"revision": "2"}, follow=True)
    assert "This invoice has been issued" in text_of(again)


def test_a_draft_is_removed_with_its_reason(desk: Client) -> None:
    draft = make_draft()
    address = desk_url(draft, "billing:desk_drop")

    refused = desk.post(address, {"reason": " ", "revision": "1"})
    assert shown("Say why.") in text_of(refused)
    desk.post(address, {"reason": "Entered twice", "revision": "1"})

    assert not Invoice.objects.exists()
    assert Entry.objects.filter(pgh_label="delete").latest("pgh_id").reason == "Entered twice"
