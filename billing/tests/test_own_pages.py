"""A patient's own invoices (G3): the list, one of them, and what other pages say of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.choices import Method
from billing.links import invoice_url, receipt_url
from billing.models import Invoice
from billing.selectors import own_invoices, own_open_amounts, read_balance
from billing.services.credits import credit, refund
from billing.services.drafts import LineDraft
from billing.services.issuing import issue
from billing.services.payments import take_back_payment
from billing.services.visits import settle_visit
from billing.tests.factories import make_clerk, make_draft, make_invoice, pay
from bookings.links import detail_url
from bookings.models import Booking
from bookings.services.cancel import cancel
from bookings.services.steps import check_in, complete
from bookings.tests.conftest import NOW
from bookings.tests.people import browser_of, confirmed, shown, slot_in, text_of
from core.formats import money
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("now")]

LIST = "/billing/"


def page_of(patient: PatientProfile, address: str) -> str:
    answer = browser_of(patient.account).get(address)
    assert answer.status_code == 200
    return text_of(answer)


def make_billed_visit(patient: PatientProfile | None = None) -> Booking:
    """A completed appointment whose invoice is issued."""
    booking = confirmed(slot=slot_in(hours=1 / 6), patient=patient)
    doctor = booking.doctor.user
    booking = complete(booking=check_in(booking=booking, by=doctor, now=NOW), by=doctor, now=NOW)
    settle_visit(booking_id=booking.pk, now=NOW)
    issue(invoice=Invoice.objects.get(booking=booking), by=make_clerk(), now=NOW)
    return booking


# The list


def test_who_has_none_is_told_what_will_stand_there() -> None:
    page = page_of(make_patient(), LIST)

    assert "No invoices yet" in page
    assert "left to pay" not in page.lower()


def test_an_invoice_is_listed_with_its_day_doctor_total_and_what_is_open() -> None:
    booking = make_billed_visit()
    invoice = Invoice.objects.get(booking=booking)
    pay(invoice, 100)

    page = page_of(booking.patient, LIST)

    assert "Appointment on Wednesday 5 August 2026" in page
    assert booking.doctor.display_name in page
    assert invoice.number in page
    assert "£120.00" in page
    assert "<strong>£119.00</strong> left to pay." in page
    assert "Part paid" in page
    assert "Please pay it by Wednesday 19 August 2026." in page


def test_a_draft_is_on_no_page_of_a_patient() -> None:
    patient = make_patient()
    make_draft(patient=patient)

    assert "No invoices yet" in page_of(patient, LIST)


def test_what_is_open_is_counted_over_all_of_them_and_those_cared_for() -> None:
    guardian = make_patient()
    person = make_person(guardian, full_name="Tom Small")
    for patient, cents in ((guardian, 1_000), (guardian, 2_000), (person, 4_000)):
        make_invoice(cents, patient=patient)
    make_invoice(9_000)  # somebody else's

    page = page_of(guardian, LIST)

    assert "<strong>£70.00</strong> left to pay." in page
    assert page.count("For Tom Small") == 1


def test_what_is_open_in_all_is_the_sum_of_what_is_open_of_each(settings: Any) -> None:
    """The one is a written query, the other put together from rows."""
    guardian, clerk = make_patient(), make_clerk()
    person, gone = make_person(guardian), make_person(guardian, full_name="Gone Small")
    for patient in (guardian, person, gone):
        paid, credited, refunded, _untouched = (
            make_invoice(1_000 * n, patient=patient, by=clerk) for n in (1, 2, 3, 4)
        )
        pay(paid, 300, by=clerk)
        line = credited.lines.get().pk
        credit(invoice=credited, amounts={line: 700}, reason="Goodwill", by=clerk, now=NOW)
        pay(refunded, 3_000, by=clerk)
        note = credit(invoice=refunded, amounts={refunded.lines.get().pk: 500}, reason="Goodwill", by=clerk, now=NOW)
        refund(credit_note=note, amount_cents=200, method=Method.CASH, by=clerk, now=NOW)
        make_draft(patient=patient, by=clerk)
    settings.CURRENCY = "JPY"
    make_invoice(500, patient=guardian, by=clerk)
    PatientProfile.objects.filter(pk=gone.pk).update(removed_at=NOW)

    sums: dict[str, int] = {}
    for invoice in own_invoices(guardian.account):
        sums[invoice.currency] = sums.get(invoice.currency, 0) + read_balance(invoice).open_cents

    assert sums == {"GBP": 2 * (700 + 1_300 + 4_000), "JPY": 500}
    assert dict(own_open_amounts(guardian.account)) == sums
    assert own_open_amounts(clerk) == []


def test_who_paid_all_has_nothing_to_pay() -> None:
    invoice = make_invoice()
    pay(invoice, invoice.total_cents)

    page = page_of(invoice.patient, LIST)

    assert "Nothing to pay at the moment." in page
    assert "Paid" in page
    assert "Please pay" not in page


def test_what_is_overdue_is_said_kindly() -> None:
    invoice = make_invoice(now=NOW - timedelta(days=15))

    page = page_of(invoice.patient, LIST)

    assert "Overdue" in page
    assert "It was due on Tuesday 4 August 2026. Please pay it as soon as you can." in page


def test_on_the_day_it_is_due_it_is_not_overdue() -> None:
    invoice = make_invoice(now=NOW - timedelta(days=14))

    assert "Overdue" not in page_of(invoice.patient, LIST)


def queries(browser: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


def test_the_list_takes_as_many_queries_with_one_row_as_with_twenty() -> None:
    patient, clerk = make_patient(), make_clerk()
    browser = browser_of(patient.user)
    make_invoice(patient=patient, doctor=make_doctor(), by=clerk)
    one = queries(browser, LIST)

    for number in range(19):
        person = make_person(patient, full_name=f"Tom {number}")
        pay(make_invoice(patient=person, doctor=make_doctor(), by=clerk), 100, by=clerk)

    assert text_of(browser.get(LIST)).count("invoice-card__foot") == 20
    assert queries(browser, LIST) == one <= 5


def test_a_long_list_has_pages() -> None:
    patient, clerk = make_patient(), make_clerk()
    for _ in range(21):
        make_invoice(patient=patient, by=clerk)
    browser = browser_of(patient.user)

    assert text_of(browser.get(LIST)).count("invoice-card__foot") == 20
    assert text_of(browser.get(f"{LIST}?page=2")).count("invoice-card__foot") == 1


# One of them


def test_an_invoice_says_what_it_is_for_what_was_paid_and_how_to_pay_the_rest() -> None:
    booking = make_billed_visit()
    invoice = Invoice.objects.get(booking=booking)
    payment = pay(invoice, 3_000, method=Method.CARD, reference="T-1")

    page = page_of(booking.patient, invoice_url(invoice))

    assert f"Invoice {invoice.number}" in page
    assert "Exempt from VAT: medical care (VATEX-EU-132-1C)" in page
    assert "Paid by card" in page
    assert receipt_url(payment) in page
    assert "£90.00 left to pay" in page
    assert "Pay at the desk in cash or by card" in page
    assert detail_url(booking) in page
    assert "T-1" not in page  # the terminal's own


def test_lines_taxes_and_discounts_are_laid_open() -> None:
    line = LineDraft("Certificate", 1_000, discount_cents=500, category="S", rate=20)  # type: ignore[arg-type]
    invoice = make_invoice(lines=[line, LineDraft("Copies", 200)], discount_cents=100)

    page = page_of(invoice.patient, invoice_url(invoice))

    for words in ("Discount of £5.00", "-£1.00", "Total without tax", "Tax of 20% on £4.29", "£0.86", "£6.86"):
        assert words in page, words


def test_what_is_credited_and_given_back_stands_there_with_its_reason() -> None:
    invoice = make_invoice()
    pay(invoice, 8_000)
    note = credit(invoice=invoice, reason="Billed twice", by=make_clerk(), now=NOW)

    assert "We owe you £80.00. Ask for it at the desk" in page_of(invoice.patient, invoice_url(invoice))

    refund(credit_note=note, amount_cents=8_000, method=Method.CASH, by=make_clerk(), now=NOW)
    page = page_of(invoice.patient, invoice_url(invoice))

    assert f"Credit note {note.number}, taken off the invoice" in page
    assert f"-{money(note.total_cents)}</p>" in page
    assert f"for credit note {note.number}" in page
    assert "Billed twice" in page
    assert "Given back in cash" in page
    assert "Cancelled" in page
    assert "How to pay" not in page


def test_a_payment_entered_by_mistake_stands_there_with_what_took_it_back() -> None:
    invoice = make_invoice()
    payment = pay(invoice, 8_000)
    undone = take_back_payment(payment=payment, reason="Wrong drawer", by=make_clerk(), now=NOW)
    browser = browser_of(invoice.patient.user)

    page = text_of(browser.get(invoice_url(invoice)))

    assert "Taken back, as it was entered by mistake" in page
    assert "£80.00 left to pay" in page
    assert "Wrong drawer" not in page
    assert page.count("/receipts/") == 1
    assert [browser.get(receipt_url(one)).status_code for one in (payment, undone)] == [200, 404]


def test_what_staff_typed_is_text() -> None:
    invoice = make_invoice(lines=[LineDraft("<script>alert(1)</script>", 100)])

    page = page_of(invoice.patient, invoice_url(invoice))

    assert shown("<script>alert(1)</script>") in page
    assert "<script>alert" not in page


def test_one_invoice_takes_as_many_queries_however_much_stands_on_it() -> None:
    clerk = make_clerk()
    short, long = (make_invoice(*[1_000] * lines, by=clerk) for lines in (1, 10))
    for invoice, times in ((short, 1), (long, 6)):
        for line in list(invoice.lines.all())[:times]:
            pay(invoice, 10, by=clerk)
            credit(invoice=invoice, amounts={line.pk: 10}, reason="Goodwill", by=clerk, now=NOW)

    counts = {queries(browser_of(one.patient.user), invoice_url(one)) for one in (short, long)}

    assert len(counts) == 1


# Whose


def test_whoever_cares_for_somebody_reads_theirs_until_they_are_removed() -> None:
    guardian = make_patient()
    person = make_person(guardian)
    invoice = make_invoice(patient=person)
    browser = browser_of(guardian.user)
    assert browser.get(invoice_url(invoice)).status_code == 200

    PatientProfile.objects.filter(pk=person.pk).update(removed_at=NOW)

    assert browser.get(invoice_url(invoice)).status_code == 404
    assert invoice.number not in text_of(browser.get(LIST))


def test_a_number_nobody_gave_reads_like_somebody_elses() -> None:
    patient, other = make_patient(), make_invoice()
    browser = browser_of(patient.user)

    answers = [browser.get(reverse("billing:invoice", args=[number])) for number in (other.number, "INV-2026-999999")]

    assert [answer.status_code for answer in answers] == [404, 404]


# What other pages say


def test_the_home_says_what_is_open_and_nothing_when_nothing_is() -> None:
    invoice = make_invoice()
    assert "£80.00 left to pay." in page_of(invoice.patient, "/patient/")

    pay(invoice, 8_000)

    assert "left to pay" not in page_of(invoice.patient, "/patient/")


def test_the_page_of_an_appointment_leads_to_its_invoice_once_it_is_issued() -> None:
    booking = confirmed(slot=slot_in(hours=1 / 6))
    doctor = booking.doctor.user
    booking = complete(booking=check_in(booking=booking, by=doctor, now=NOW), by=doctor, now=NOW)
    settle_visit(booking_id=booking.pk, now=NOW)
    invoice = Invoice.objects.get(booking=booking)
    assert "See the invoice" not in page_of(booking.patient, detail_url(booking))

    invoice = issue(invoice=invoice, by=make_clerk(), now=NOW)

    page = page_of(booking.patient, detail_url(booking))
    assert invoice_url(invoice) in page
    assert page.index("What it costs") < page.index(f"<strong>{money(invoice.total_cents)}</strong>")
    assert "Please pay it by" in page
    assert invoice_url(invoice) not in text_of(browser_of(doctor).get(detail_url(booking)))


def test_the_page_of_a_late_cancellation_says_what_it_costs_and_not_the_visits_fee(settings: Any) -> None:
    settings.LATE_CANCELLATION_PERCENT = 50
    booking = confirmed(hours=23)
    booking = cancel(booking=booking, by=booking.patient.user, now=NOW)
    settle_visit(booking_id=booking.pk, now=NOW)
    invoice = issue(invoice=Invoice.objects.get(booking=booking), by=make_clerk(), now=NOW)
    assert invoice.total_cents == booking.fee_cents // 2

    page = page_of(booking.patient, detail_url(booking))

    assert money(invoice.total_cents) in page
    assert money(booking.fee_cents) not in page
