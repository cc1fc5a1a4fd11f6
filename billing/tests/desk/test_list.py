"""Who reads and does what at the desk, and its list of invoices (G1, G2)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import Entry
from billing.choices import Method
from billing.links import desk_url
from billing.models import Invoice
from billing.services.credits import credit
from billing.services.drafts import LineDraft, change_draft
from billing.services.payments import take_back_payment
from billing.tests.conftest import NOW
from billing.tests.desk.people import completed, line, list_of, named
from billing.tests.factories import make_clerk, make_draft, make_invoice, pay
from bookings.choices import Status
from bookings.tests.people import browser_of, text_of
from patients.tests.factories import make_patient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("now")]


def test_a_manager_reads_and_is_offered_nothing_to_do(manager: Client) -> None:
    draft, invoice = make_draft(), make_invoice()
    pages = [manager.get(desk_url(draft)), manager.get(desk_url(invoice)), list_of(manager, state="draft")]

    for page in pages:
        assert page.status_code == 200
        for word in (
            ">Issue<",
            "Enter payment",
            "Mark as paid",
            ">Credit<",
            "E-mail it again",
            "New invoice",
            "Cash-up",
        ):
            assert word not in text_of(page)
    for step in ("pay", "mark_paid", "credit", "issue", "edit", "drop"):
        assert manager.get(desk_url(invoice, f"billing:desk_{step}")).status_code == 403
        assert manager.post(desk_url(draft, f"billing:desk_{step}"), {"act": "save"}).status_code == 403
    assert Invoice.objects.filter(pk=draft.pk, number="").exists()


def test_reading_leaves_its_entry(desk: Client) -> None:
    invoice = make_invoice()
    before = Entry.objects.filter(pgh_label="personal_data_read").count()

    desk.get(desk_url(invoice))
    list_of(desk)

    entries = Entry.objects.filter(pgh_label="personal_data_read").order_by("-pgh_id")
    assert entries.count() == before + 2
    assert {entry.details["what"] for entry in entries[:2]} == {"invoice", "list of invoices"}


def test_each_state_has_its_list_and_its_mark(desk: Client) -> None:
    clerk = make_clerk()
    draft = make_draft(by=clerk)
    still, late = make_invoice(by=clerk), make_invoice(by=clerk, now=NOW - timedelta(days=40))
    paid, gone, owed = (make_invoice(by=clerk) for _ in range(3))
    pay(paid, 8_000)
    credit(invoice=gone, reason="Wrong", by=clerk, now=NOW)
    pay(owed, 8_000)
    credit(invoice=owed, amounts={owed.lines.get().pk: 1_000}, reason="Wrong", by=clerk, now=NOW)

    found = {state: named(list_of(desk, state=state)) for state in ("draft", "overdue", "refund", "paid", "cancelled")}

    assert found == {
        "draft": ["Draft"],
        "overdue": [late.number],
        "refund": [owed.number],
        "paid": [owed.number, paid.number] if owed.pk > paid.pk else [paid.number, owed.number],
        "cancelled": [gone.number],
    }
    assert set(named(list_of(desk, state="open"))) == {still.number, late.number}
    everything = list_of(desk)
    assert len(named(everything)) == 6
    assert {str(row.tag.label) for row in everything.context["page"].rows} == {
        "Draft", "To pay", "Overdue", "Paid", "Cancelled", "Refund due",
    }  # fmt: skip
    assert draft.number == ""


def test_a_list_of_drafts_has_no_columns_that_say_the_same_in_every_row(desk: Client, manager: Client) -> None:
    """On a phone there is room for what differs."""
    draft = make_draft()

    for reader in (desk, manager):
        drafts, everything = list_of(reader, state="draft"), list_of(reader)
        assert named(drafts) == named(everything) == ["Draft"]
        for heading in (">To pay</th>", ">Status</th>"):
            assert (text_of(drafts).count(heading), text_of(everything).count(heading)) == (0, 1)
        assert draft.patient.full_name in text_of(drafts)


@pytest.mark.parametrize("state", ["", "draft", "open", "paid", "cancelled"])
def test_a_phone_has_one_column_of_amounts(desk: Client, state: str) -> None:
    clerk = make_clerk()
    make_draft(by=clerk)
    make_invoice(by=clerk)
    pay(make_invoice(by=clerk), 8_000)
    credit(invoice=make_invoice(by=clerk), reason="Wrong", by=clerk, now=NOW)

    page = text_of(list_of(desk, state=state))

    amounts = re.findall(r'<th scope="col" class="is-number( is-for-wide)?">([^<]+)</th>', page)
    assert [name for wide, name in amounts if not wide] == ["Total"]


def test_what_is_open_stands_below_where_it_is_not_the_total(desk: Client) -> None:
    clerk = make_clerk()
    make_draft(by=clerk)
    still, half, owed, paid = (make_invoice(by=clerk) for _ in range(4))
    pay(half, 3_000)
    pay(owed, 8_000)
    credit(invoice=owed, amounts={owed.lines.get().pk: 1_000}, reason="Wrong", by=clerk, now=NOW)
    pay(paid, 8_000)

    notes = {row.name: row.note for row in list_of(desk).context["page"].rows}

    assert {name: note for name, note in notes.items() if note} == {
        half.number: "£50.00 to pay",
        owed.number: "£10.00 to give back",
    }
    assert {"Draft", still.number, paid.number} < notes.keys()
    assert text_of(list_of(desk, state="refund")).count("£10.00 to give back") == 1


def test_the_list_is_narrowed_by_method_doctor_age_and_words(desk: Client) -> None:
    visit = completed()
    ours = make_invoice(patient=make_patient(full_name="Zoë Quill"))
    old = make_invoice(now=NOW - timedelta(days=61), doctor=visit.doctor)
    pay(ours, 8_000, method=Method.CARD, reference="T-1")

    assert named(list_of(desk, method="CARD")) == [ours.number]
    assert named(list_of(desk, method="CASH")) == []
    assert named(list_of(desk, doctor=visit.doctor.slug)) == [old.number]
    assert named(list_of(desk, age="within-30", state="")) == [ours.number]
    assert named(list_of(desk, age="over-60", state="open")) == [old.number]
    assert named(list_of(desk, age="over-90")) == []
    assert named(list_of(desk, q="zoe qui")) == [ours.number]
    assert named(list_of(desk, q=ours.number.lower())) == [ours.number]
    assert named(list_of(desk, q="nobody at all")) == []
    assert len(named(list_of(desk, state="x", method="x", doctor="x", age="x", after="x"))) == 2


def test_an_invoice_is_found_by_the_reference_of_its_appointment(desk: Client) -> None:
    visit = completed()
    desk.post(f"{reverse('billing:desk_new')}?booking={visit.reference}", {**line(), "rows": "1"})
    make_draft()

    assert [row.patient for row in list_of(desk, q=visit.reference).context["page"].rows] == [visit.patient.full_name]


def test_a_payment_that_was_taken_back_is_no_method_of_payment(desk: Client) -> None:
    invoice = make_invoice()
    take_back_payment(payment=pay(invoice, 8_000), reason="Wrong one", by=make_clerk(), now=NOW)

    assert named(list_of(desk, method="CASH")) == []


def test_pages_follow_one_another_without_a_row_twice(desk: Client) -> None:
    clerk, patient = make_clerk(), make_patient()
    for number in range(60):
        make_draft(by=clerk, patient=patient, now=NOW - timedelta(minutes=number // 3))

    seen, address = [], reverse("billing:desk") + "?state=draft"
    while address:
        page = desk.get(address).context["page"]
        seen += [row.seen for row in page.rows]
        address = page.next_url

    assert len(seen) == len(set(seen)) == 60


@pytest.mark.parametrize("state", ["draft", "open"])
def test_a_list_of_twenty_asks_as_often_as_a_list_of_one(desk: Client, state: str) -> None:
    def asked() -> int:
        list_of(desk, state=state)
        with CaptureQueriesContext(connection) as captured:
            assert list_of(desk, state=state).context["page"].rows
        return len(captured)

    clerk, make = make_clerk(), make_draft if state == "draft" else make_invoice
    make(by=clerk)
    one = asked()
    for _ in range(19):
        make(by=clerk)

    assert asked() == one


def test_selected_drafts_are_issued_and_those_refused_are_named(desk: Client) -> None:
    clerk = make_clerk()
    good, changed = make_draft(by=clerk), make_draft(by=clerk, patient=make_patient(full_name="Ann Late"))
    nothing = make_draft(lines=[LineDraft("Free", 0)], by=clerk)
    seen = {row.url: row.seen for row in list_of(desk, state="draft").context["page"].rows}
    change_draft(invoice=changed, lines=[LineDraft("More", 9_000)], discount_cents=0, revision=1, by=clerk, now=NOW)

    response = desk.post(
        reverse("billing:desk_issue_selected"),
        {"draft": [*seen.values(), "nonsense", f"{make_patient().pk}:1"]},
        follow=True,
    )

    text = text_of(response)
    assert Invoice.objects.get(pk=good.pk).number == "INV-2026-000001"
    assert Invoice.objects.filter(pk__in=[changed.pk, nothing.pk], number="").count() == 2
    assert "1 invoice is issued: INV-2026-000001." in text
    assert "The draft for Ann Late isn’t issued. Someone has changed this draft" in text
    assert "There’s nothing to pay on this invoice" in text


def test_a_days_drafts_stand_on_one_page_and_are_issued_from_it(desk: Client) -> None:
    clerk, patient = make_clerk(), make_patient()
    for _ in range(27):
        make_draft(by=clerk, patient=patient)
    page = list_of(desk, state="draft")
    rows = page.context["page"].rows

    assert (len(rows), page.context["page"].next_url) == (27, "")
    assert 'data-selects="draft" hidden' in text_of(page)
    assert len(named(list_of(desk))) == 25
    desk.post(reverse("billing:desk_issue_selected"), {"draft": [row.seen for row in rows]})
    assert Invoice.objects.exclude(number="").count() == 27


def test_nothing_selected_is_said(desk: Client) -> None:
    response = desk.post(reverse("billing:desk_issue_selected"), follow=True)

    assert "Choose the drafts to issue first." in text_of(response)


def test_the_page_of_an_appointment_leads_to_its_invoice_or_to_making_one(desk: Client, manager: Client) -> None:
    visit = completed()
    page = reverse("bookings:detail", args=[visit.reference])
    make = f"{reverse('billing:desk_new')}?booking={visit.reference}"
    assert make in text_of(desk.get(page))
    assert make not in text_of(manager.get(page))
    assert make not in text_of(browser_of(visit.doctor.user).get(page))

    desk.post(make, {**line(), "rows": "1"})
    draft = Invoice.objects.get()

    assert desk_url(draft) in text_of(desk.get(page))
    assert make not in text_of(desk.get(page))
    assert desk_url(draft) in text_of(manager.get(page))
    assert desk_url(draft) not in text_of(browser_of(visit.patient.user).get(page))
    assert visit.status == Status.COMPLETED
