"""Invoices and doctors' fees in the admin: what staff do there goes through the services (H1)."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from audit.choices import Kind
from audit.models import Entry
from audit.triggers import key_of
from billing.choices import Method
from billing.models import DoctorFees, Invoice, Payment
from billing.services.credits import credit, refund
from billing.services.drafts import LineDraft, change_draft
from billing.tests.factories import make_clerk, make_draft, make_invoice, pay
from bookings.tests.conftest import NOW
from bookings.tests.people import browser_of, text_of
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("now"),
    pytest.mark.ignore_template_errors,
]

LIST = "/admin/billing/invoice/"
FEES = "/admin/billing/doctorfees/"


def office(kind: StaffRole = StaffRole.ADMINISTRATOR) -> Client:
    return browser_of(make_staff(kind))


def act(client: Client, action: str, *invoices: Invoice, **form: str) -> str:
    keys = [str(invoice.pk) for invoice in invoices]
    return text_of(client.post(LIST, {"action": action, "_selected_action": keys, **form}, follow=True))


def listed(client: Client, query: str = "") -> set[str]:
    return {row.number for row in client.get(LIST + query).context["cl"].result_list}


def seen_at(client: Client, *invoices: Invoice) -> list[str]:
    """What the page before issuing carries of the drafts among these."""
    keys = [str(invoice.pk) for invoice in invoices]
    asked = client.post(LIST, {"action": "issue_drafts", "_selected_action": keys})
    return re.findall(r'name="seen" value="([^"]+)"', text_of(asked))


def issue_seen(client: Client, seen: list[str], *invoices: Invoice) -> str:
    keys = [str(invoice.pk) for invoice in invoices]
    form = {"action": "issue_drafts", "_selected_action": keys, "sure": "1", "seen": seen}
    return text_of(client.post(LIST, form, follow=True))


def test_drafts_are_issued_from_the_list_the_oldest_first() -> None:
    client, newer, older = office(), make_draft(), make_draft(now=NOW - timedelta(days=1))

    asked = act(client, "issue_drafts", newer, older)
    assert f"{newer.patient.full_name}, £80.00" in asked
    assert not Invoice.objects.exclude(number="").exists()
    said = issue_seen(client, seen_at(client, newer, older), newer, older)

    assert "2 invoices issued." in said
    assert [Invoice.objects.get(pk=one.pk).number for one in (older, newer)] == ["INV-2026-000001", "INV-2026-000002"]


def test_a_draft_that_was_changed_since_it_was_seen_is_refused_by_name() -> None:
    client, changed, same = office(), make_draft(patient=make_patient(full_name="Jo Ram")), make_draft()
    seen = seen_at(client, changed, same)
    change_draft(invoice=changed, lines=[LineDraft("x", 1)], discount_cents=0, revision=1, by=make_clerk(), now=NOW)

    said = issue_seen(client, seen, changed, same)

    assert "1 invoice issued." in said
    assert "Draft, Jo Ram – Someone has changed this draft" in said
    assert Invoice.objects.get(pk=changed.pk).is_draft


def test_a_draft_that_nobody_saw_is_refused() -> None:
    draft = make_draft()

    said = issue_seen(office(), [f"{draft.pk}:x", "1"], draft)

    assert "Someone has changed this draft" in said
    assert Invoice.objects.get().is_draft


def test_what_was_issued_before_is_not_asked_for_and_refused_in_words() -> None:
    client, issued, draft = office(), make_invoice(), make_draft()

    assert "There’s no draft among the invoices you’ve chosen." in act(client, "issue_drafts", issued)
    said = issue_seen(client, seen_at(client, issued, draft), issued, draft)

    assert "1 invoice issued." in said
    assert "INV-2026-000001, " in said
    assert "This invoice has been issued" in said


def test_whoever_is_on_the_page_before_issuing_or_paying_is_noted() -> None:
    client, draft, invoice = office(), make_draft(), make_invoice()
    reads = Entry.objects.filter(pgh_label=Kind.PERSONAL_DATA_READ)

    for action, row in (("issue_drafts", draft), ("mark_paid", invoice)):
        client.post(LIST, {"action": action, "_selected_action": [str(row.pk)]})

        assert reads.latest("pgh_id").about == [key_of(row.patient)]


def test_marking_as_paid_asks_how_and_enters_each_balance() -> None:
    client, invoices = office(), [make_invoice(), make_invoice(5_000)]
    pay(invoices[0], 1_000)

    asked = act(client, "mark_paid", *invoices)
    assert "£70.00" in asked
    assert Payment.objects.count() == 1

    said = act(client, "mark_paid", *invoices, sure="1", method=Method.CASH)

    assert "2 invoices marked as paid." in said
    assert sorted(Payment.objects.values_list("amount_cents", flat=True)) == [1_000, 5_000, 7_000]


def test_a_card_payment_has_its_own_reference() -> None:
    client, invoices = office(), [make_invoice(), make_invoice()]

    missing = act(client, "mark_paid", invoices[0], sure="1", method=Method.CARD)
    many = act(client, "mark_paid", *invoices, sure="1", method=Method.CARD, reference="T-1")

    assert "Enter the reference of this card or online payment." in missing
    assert "Each card or online payment has its own reference. Choose one invoice." in many
    assert Payment.objects.count() == 0

    act(client, "mark_paid", invoices[0], sure="1", method=Method.CARD, reference="T-1")

    assert Payment.objects.get().reference == "T-1"


def test_a_paid_one_has_nothing_to_mark() -> None:
    invoice = make_invoice()
    pay(invoice, 8_000)

    assert "Nothing is left to pay on the invoices you’ve chosen." in act(office(), "mark_paid", invoice)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?state=open", {"new", "late", "older"}),
        ("?state=overdue", {"late", "older"}),
        ("?state=paid", {"paid"}),
        ("?state=draft", {""}),
        ("?overdue=30", {"late"}),
        ("?overdue=60", {"older"}),
        ("?overdue=more", set()),
        ("?method=CARD", {"paid"}),
        ("?method=CASH", set()),
        ("?state=unheard-of", {"", "new", "late", "older", "paid"}),
    ],
)
def test_the_list_is_filtered_by_how_they_stand(query: str, expected: set[str]) -> None:
    clerk = make_clerk()
    ages = {"new": 0, "late": 14 + 30, "older": 14 + 31, "paid": 0}
    names = {make_invoice(by=clerk, now=NOW - timedelta(days=days)).number: name for name, days in ages.items()}
    paid = next(number for number, name in names.items() if name == "paid")
    pay(Invoice.objects.get(number=paid), 8_000, method=Method.CARD, reference="T-1", by=clerk)
    make_draft(by=clerk)

    assert {names.get(number, number) for number in listed(office(), query)} == expected


@pytest.mark.parametrize("query", ["INV-2026-000001", "jane doe", "smith"])
def test_an_invoice_is_found_by_number_patient_or_doctor(query: str) -> None:
    invoice = make_invoice(patient=make_patient(full_name="Jane Doe"), doctor=make_doctor(full_name="Ann Smith"))
    make_invoice()

    assert listed(office(), f"?q={query}") == {invoice.number}


def test_the_page_of_an_invoice_shows_all_of_it_and_the_trail_says_who_looked() -> None:
    invoice = make_invoice(8_000, patient=make_patient(address="1 High Street"))
    pay(invoice, 3_000, method=Method.CARD, reference="T-77")

    page = text_of(office().get(reverse("admin:billing_invoice_change", args=[invoice.pk])))

    for words in (invoice.number, "Certificate 1", "T-77", "£80.00", "£50.00", "Part paid", "1 High Street"):
        assert words in page, words
    assert Entry.objects.filter(pgh_label=Kind.PERSONAL_DATA_READ, details__what="invoice").count() == 1


def test_what_was_given_back_stands_beside_its_credit_note() -> None:
    invoice = make_invoice()
    pay(invoice, 8_000)
    note = credit(invoice=invoice, amounts=None, reason="Wrong patient", by=make_clerk(), now=NOW)
    for cents, method in ((3_000, Method.CASH), (1_500, Method.CARD)):
        refund(credit_note=note, amount_cents=cents, method=method, by=make_clerk(), now=NOW)

    page = text_of(office().get(f"{LIST}{invoice.pk}/change/"))

    assert "£30.00, Cash, Wednesday 5 August 2026" in page
    assert "£15.00, Card, Wednesday 5 August 2026" in page


def test_a_manager_reads_no_address_there() -> None:
    invoice = make_invoice(patient=make_patient(address="1 High Street"))

    page = text_of(office(StaffRole.MANAGER).get(reverse("admin:billing_invoice_change", args=[invoice.pk])))

    assert invoice.number in page
    assert "High Street" not in page


def test_the_list_is_taken_away_with_amounts_as_people_write_them() -> None:
    invoice = make_invoice()
    pay(invoice, 3_050)

    answer = office().post(LIST, {"export_list": "yes"})
    [row] = csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig")))

    assert (row["Number"], row["Total"], row["Paid"], row["Left to pay"]) == (invoice.number, "80.00", "30.50", "49.50")
    assert (row["Currency"], row["Status"]) == ("GBP", "Part paid")


# Fees


def save(client: Client, doctor: DoctorProfile, late: str, missed: str, address: str = f"{FEES}add/") -> str:
    form = {"doctor": str(doctor.pk), "late_cancellation_percent": late, "missed_visit_percent": missed}
    return text_of(client.post(address, form, follow=True))


def test_a_manager_sets_what_a_doctors_patients_pay() -> None:
    client, doctor = office(StaffRole.MANAGER), make_doctor()

    save(client, doctor, "50", "")
    fees = DoctorFees.objects.get(doctor=doctor)
    assert (fees.late_cancellation_percent, fees.missed_visit_percent) == (50, None)

    said = save(client, doctor, "", "100", f"{FEES}{doctor.pk}/change/")

    fees.refresh_from_db()
    assert (fees.late_cancellation_percent, fees.missed_visit_percent) == (None, 100)
    assert "As the hospital’s" in said


def test_a_second_set_of_fees_is_refused_beside_the_field() -> None:
    client, doctor = office(), make_doctor()
    save(client, doctor, "50", "")

    assert "This doctor has fees of their own already. Change those." in save(client, doctor, "10", "10")
    assert DoctorFees.objects.get().late_cancellation_percent == 50


@pytest.mark.parametrize("percent", ["101", "-1", "half"])
def test_what_is_no_percentage_is_refused(percent: str) -> None:
    save(office(), make_doctor(), percent, "")

    assert DoctorFees.objects.count() == 0
