"""Invoices in a copy of one's data, and at an erasure: the law keeps them, and then nobody knows whose they were."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pgtrigger
import pytest
from django.db import DatabaseError, transaction

from accounts.choices import StaffRole
from accounts.models import User
from accounts.services import Erased
from accounts.tests.factories import StaffFactory, make_staff
from audit.choices import Kind
from audit.models import Entry
from billing.choices import Method
from billing.models import CreditNote, Invoice, InvoiceLine
from billing.services.credits import credit, refund
from billing.services.drafts import LineDraft, draft_for_patient
from billing.tests.factories import make_draft, make_invoice, pay, stands
from bookings.models import Booking
from core import clock
from core.clock import hospital_day, start_of_day
from doctors.tests.factories import make_doctor
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person
from privacy import erasure_page, retention, tasks
from privacy.collect import collect
from privacy.data_subjects import myself
from privacy.erasing import erase, erasure_preview
from privacy.erasure_allowed import erasure_allowed
from privacy.tests.invoices import write_invoice_of_doctor
from privacy.tests.people import _visit, all_is_sent
from tests.statements import watching_statements

pytestmark = pytest.mark.django_db(transaction=True)


def gone(user: User, boss: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    erase(person=myself(User.objects.get(pk=user.pk)), reason="Asked", by=boss, now=clock.now())


def years_on(moment: datetime, years: int) -> datetime:
    day = hospital_day(moment)
    return start_of_day(date(day.year + years, day.month, day.day)) + timedelta(hours=3)


@pytest.fixture
def ada() -> PatientProfile:
    return make_patient(full_name="Ada Before", address="1 Old Street")


def test_an_erasure_locks_drafts_before_the_account(ada: PatientProfile) -> None:
    """In the order of docs/locking.md: whoever writes an account does so last."""
    make_draft(patient=ada)
    assert ada.user

    with watching_statements() as seen:
        gone(ada.user, StaffFactory())

    locking = [text for text in seen if "FOR NO KEY UPDATE" in text]
    tables = [next(found[1] for found in re.finditer(r'FROM "?(\w+)', text)) for text in locking]
    first = [tables.index(name) for name in ("patients_patientprofile", "billing_invoice", "accounts_user")]
    assert first == sorted(first)
    assert not Invoice.objects.filter(patient=ada).exists()


def texts(invoice: Invoice) -> tuple[str, str, set[str], set[str]]:
    fresh = Invoice.objects.get(pk=invoice.pk)
    lines = set(InvoiceLine.objects.filter(invoice=invoice).values_list("description", flat=True))
    reasons = set(CreditNote.objects.filter(invoice=invoice).values_list("reason", flat=True))
    return fresh.buyer_name, fresh.buyer_address, lines, reasons


# The law keeps them


def test_drafts_go_at_once_and_what_is_issued_stays_as_it_is(ada: PatientProfile, boss: User) -> None:
    now = clock.now()
    draft, invoice = make_draft(patient=ada, now=now), make_invoice(patient=ada, now=now)

    gone(ada.user, boss)

    assert not Invoice.objects.filter(pk=draft.pk).exists()
    assert texts(invoice) == ("Ada Before", "1 Old Street", {"Certificate 1"}, set())


def test_who_it_was_goes_once_the_law_asks_no_more_and_the_books_stay(
    ada: PatientProfile, boss: User, settings: Any
) -> None:
    settings.INVOICE_RETENTION_YEARS = 10
    now = clock.now()
    invoice = make_invoice(patient=ada, now=now)
    pay(invoice, 8_000, method=Method.CARD, reference="T 1", now=now)
    credit(invoice=invoice, reason="Ada Before was charged twice", by=boss, now=now)
    gone(ada.user, boss)
    before = Invoice.objects.filter(pk=invoice.pk).values().get()

    assert retention.erase_invoices_due(now=years_on(now, 10)) == 0  # the last day
    assert texts(invoice)[0] == "Ada Before"
    assert retention.erase_invoices_due(now=years_on(now, 10) + timedelta(days=1)) == 1

    assert texts(invoice) == ("", "", {""}, {"-"})
    after = Invoice.objects.filter(pk=invoice.pk).values().get()
    assert {key for key, value in after.items() if value != before[key]} == {"buyer_name", "buyer_address"}
    assert invoice.payments.get().reference == "T 1"
    assert retention.erase_invoices_due(now=years_on(now, 10) + timedelta(days=2)) == 0
    entry = Entry.objects.filter(pgh_label=Kind.PERSONAL_DATA_ERASED, details__part="invoice").get()
    assert entry.details["invoice"] == str(invoice.pk)


def test_each_goes_when_it_is_due_by_itself(ada: PatientProfile, boss: User, settings: Any) -> None:
    settings.INVOICE_RETENTION_YEARS = 2
    now = clock.now()
    old, new = make_invoice(patient=ada, now=now - timedelta(days=500)), make_invoice(patient=ada, now=now)
    gone(ada.user, boss)

    assert retention.erase_invoices_due(now=now + timedelta(days=300)) == 1

    assert [texts(one)[0] for one in (old, new)] == ["", "Ada Before"]


def test_those_of_the_living_stay_however_old(ada: PatientProfile) -> None:
    invoice = make_invoice(patient=ada, now=clock.now())

    assert retention.erase_invoices_due(now=years_on(clock.now(), 30)) == 0
    assert texts(invoice)[0] == "Ada Before"


def test_the_nightly_job_does_both(ada: PatientProfile, boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    invoice = make_invoice(patient=ada, now=clock.now())
    gone(ada.user, boss)
    later = years_on(clock.now(), 30)
    monkeypatch.setattr(clock, "now", lambda: later)

    assert tasks.erase_what_is_due() == 1
    assert texts(invoice)[0] == ""


def test_of_a_doctor_the_words_of_the_lines_go_and_the_buyer_stays(boss: User) -> None:
    doctor, patient = make_doctor(full_name="Oli Before"), make_patient(full_name="Ben Here")
    _visit(patient, doctor)
    write_invoice_of_doctor(Booking.objects.get(patient=patient))
    invoice = Invoice.objects.get(patient=patient)
    assert "Oli Before" in texts(invoice)[2].pop()
    gone(doctor.user, boss)

    assert retention.erase_invoices_due(now=years_on(clock.now(), 11)) == 1

    assert texts(invoice) == ("Ben Here", patient.address, {""}, {"-"})
    assert retention.erase_invoices_due(now=years_on(clock.now(), 12)) == 0


# What is open can still be settled


def test_an_open_invoice_of_the_erased_can_be_paid_credited_and_given_back(ada: PatientProfile, boss: User) -> None:
    now = clock.now()
    invoice = make_invoice(patient=ada, now=now)
    gone(ada.user, boss)

    pay(invoice, 8_000, now=now)
    note = credit(invoice=invoice, amounts={invoice.lines.get().pk: 3_000}, reason="Too much", by=boss, now=now)
    refund(credit_note=note, amount_cents=3_000, method=Method.CASH, by=boss, now=now)

    balance = stands(invoice)
    assert (balance.paid, balance.credited, balance.refunded, balance.left) == (8_000, 3_000, 3_000, 0)


def test_nothing_new_is_drafted_for_them(ada: PatientProfile, boss: User) -> None:
    gone(ada.user, boss)
    lines = [LineDraft("Certificate", 100)]

    with pytest.raises(Erased):
        draft_for_patient(patient=ada, lines=lines, by=boss, now=clock.now())
    assert not Invoice.objects.exists()


def test_a_draft_of_the_very_moment_goes_in_the_night(ada: PatientProfile, boss: User) -> None:
    """Its transaction began before the erasure was there to be seen."""
    other = make_patient()
    draft = make_draft(patient=other, now=clock.now())
    gone(ada.user, boss)
    with pgtrigger.ignore("billing.Invoice:no_invoice_for_the_erased"):
        Invoice.objects.filter(pk=draft.pk).update(patient=ada)

    retention.erase_invoices_due(now=clock.now())

    assert not Invoice.objects.filter(pk=draft.pk).exists()


# What the database allows


@pytest.mark.parametrize(
    "change",
    [
        {"buyer_name": "", "buyer_address": "", "total_cents": 1},
        {"buyer_name": "Somebody else", "buyer_address": ""},
        {"number": ""},
    ],
)
def test_an_erasure_may_change_nothing_else(ada: PatientProfile, boss: User, change: dict[str, Any]) -> None:
    invoice = make_invoice(patient=ada, now=clock.now())
    gone(ada.user, boss)

    with pytest.raises(DatabaseError), transaction.atomic(), erasure_allowed():
        Invoice.objects.filter(pk=invoice.pk).update(**change)
    assert texts(invoice)[0] == "Ada Before"


def test_nor_anything_of_whoever_is_not_erased(ada: PatientProfile, boss: User) -> None:
    invoice = make_invoice(patient=ada, now=clock.now())
    credit(invoice=invoice, reason="Twice", by=boss, now=clock.now())
    writes = (
        lambda: Invoice.objects.filter(pk=invoice.pk).update(buyer_name="", buyer_address=""),
        lambda: InvoiceLine.objects.filter(invoice=invoice).update(description=""),
        lambda: CreditNote.objects.filter(invoice=invoice).update(reason="-"),
    )
    for write in writes:
        with pytest.raises(DatabaseError), transaction.atomic(), erasure_allowed():
            write()


def test_nor_without_having_said_that_it_erases(ada: PatientProfile, boss: User) -> None:
    invoice = make_invoice(patient=ada, now=clock.now())
    gone(ada.user, boss)

    with pytest.raises(DatabaseError), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(buyer_name="", buyer_address="")
    with pytest.raises(DatabaseError), transaction.atomic(), erasure_allowed():
        InvoiceLine.objects.filter(invoice=invoice).update(description="Something else")


# Told beforehand, and handed out


def test_the_page_says_what_goes_and_what_is_kept(ada: PatientProfile, settings: Any) -> None:
    settings.INVOICE_RETENTION_YEARS = 7
    make_draft(patient=ada, now=clock.now())
    make_invoice(patient=ada, now=clock.now())
    person = myself(ada.user)
    ahead = erasure_preview(person, clock.now())

    assert "Invoices that aren’t issued yet" in erasure_page.goes(person, ahead)
    (kept,) = [said for said in erasure_page.stays(person, ahead, 8) if "invoice" in said]
    assert kept.startswith("1 invoice, ")
    assert "7 years" in kept


def test_who_has_no_invoice_reads_nothing_of_them(ada: PatientProfile) -> None:
    person = myself(ada.user)
    ahead = erasure_preview(person, clock.now())

    said = [*erasure_page.goes(person, ahead), *erasure_page.stays(person, ahead, 8)]
    assert [line for line in said if "nvoice" in line] == []


def test_a_copy_has_ones_own_invoices_and_those_of_whom_one_cares_for(ada: PatientProfile, boss: User) -> None:
    now = clock.now()
    own, theirs = make_invoice(patient=ada, now=now), make_invoice(patient=make_person(ada, full_name="Kit"), now=now)
    other = make_invoice(patient=make_patient(), now=now)
    pay(own, 8_000, method=Method.CARD, reference="T 1", now=now)
    refunded = credit(invoice=own, reason="Twice", by=boss, now=now)
    refund(credit_note=refunded, amount_cents=8_000, method=Method.CARD, by=boss, now=now)

    found = {section.title: section.rows for section in collect(myself(ada.user), to_themselves=True)}

    assert {row["number"] for row in found["Invoices"]} == {own.number, theirs.number}
    assert other.number not in str(found)
    assert [row["reference"] for row in found["Payments"]] == ["T 1"]
    assert [row["invoice"] for row in found["Payments"]] == [own.number]
    assert {row["issued by"] for row in found["Invoices"]} == {"Staff"}
    for title in ("Lines of the invoices", "Taxes of the invoices", "Credit notes", "Lines of the credit notes"):
        assert found[title]
    assert len(found["Refunds"]) == 1


def test_staff_read_of_themselves_which_they_issued_and_took() -> None:
    clerk = make_staff(StaffRole.RECEPTION)
    invoice = make_invoice(by=clerk, now=clock.now())
    pay(invoice, 8_000, by=clerk, now=clock.now())

    found = {section.title: section.rows for section in collect(myself(clerk), to_themselves=True)}

    assert [row["number"] for row in found["Invoices issued"]] == [invoice.number]
    assert len(found["Payments entered"]) == 1
    assert "Invoices" not in found


def test_what_the_mail_of_an_invoice_said_goes_with_the_other_messages(ada: PatientProfile, boss: User) -> None:
    invoice = make_invoice(patient=ada, now=clock.now())
    message = OutgoingMessage.objects.get(stream=f"invoice:{invoice.pk}")
    assert message.data["number"] == invoice.number
    gone(ada.user, boss)
    all_is_sent()

    assert retention.erase_messages(now=clock.now()) == 1
    message.refresh_from_db()
    assert message.data.get("number") is None
