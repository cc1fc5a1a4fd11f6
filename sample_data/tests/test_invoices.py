"""The invoices of the sample hospital (J5): in every state, in order, and like what the services write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import override_settings

from billing.choices import BillingOutcome, Method, Occasion
from billing.fees import charge_for
from billing.models import (
    BillingDecision,
    BillingSeries,
    CreditNote,
    Invoice,
    InvoiceLine,
    InvoiceQuerySet,
    Payment,
    Refund,
    TaxTotal,
)
from billing.selectors import in_state, invoices_visible_to, own_open_amounts
from billing.services.drafts import drop_draft
from billing.services.issuing import issue
from billing.services.sweep import settle_visits
from billing.services.visits import settle_visit
from bookings.choices import Status
from bookings.models import Booking
from core.clock import hospital_day, start_of_day
from sample_data import diary
from sample_data.invoice_stories import STORIES
from sample_data.load import load
from sample_data.tests.sample import WEDNESDAY, everything
from sample_data.visits import KEY, VISITS
from tests.shared_rows import shared_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_loaded_on_wednesday", "_billing_has_begun")]
TODAY = hospital_day(WEDNESDAY)
ALL = (Invoice, InvoiceLine, TaxTotal, Payment, CreditNote, Refund, BillingDecision, BillingSeries)


@pytest.fixture(scope="module")
def _loaded_on_wednesday(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with override_settings(BILLING_FROM=date(2020, 1, 1)), shared_rows(django_db_blocker):
        load(now=WEDNESDAY)
        yield


@pytest.fixture
def _billing_has_begun(settings: Any) -> None:
    settings.BILLING_FROM = date(2020, 1, 1)


def of(username: str) -> InvoiceQuerySet:
    found = InvoiceQuerySet(Invoice).with_balance().filter(patient__user__username=username)
    return found.order_by("visit_day")


def rows() -> dict[str, list[Any]]:
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in ALL}


def test_there_are_some_in_every_state() -> None:
    invoices = InvoiceQuerySet(Invoice).with_balance()
    counts = {
        state: in_state(invoices, state, TODAY).count() for state in ("draft", "open", "overdue", "paid", "cancelled")
    }

    assert all(count >= 1 for count in counts.values()), counts
    assert counts["paid"] > 300
    assert set(Payment.objects.values_list("method", flat=True)) == set(Method.values)
    assert Refund.objects.count() >= 1
    assert {Occasion.VISIT, Occasion.MISSED} <= set(Invoice.objects.values_list("occasion", flat=True))


def test_john_and_jane_have_what_people_look_at() -> None:
    fainting, pressure, missed = of("john_doe")
    assert (fainting.balance_cents, fainting.payments.get().method) == (0, Method.CARD)
    assert pressure.balance_cents == pressure.total_cents - pressure.total_cents // 2
    assert pressure.due_on is not None
    assert pressure.due_on < TODAY
    assert (missed.occasion, missed.balance_cents) == (Occasion.MISSED, missed.total_cents)

    credited, still_open = of("jane_patient")
    assert (credited.balance_cents, credited.credited_cents) == (0, credited.total_cents // 4)
    assert credited.refunded_cents == credited.credited_cents
    assert still_open.balance_cents == still_open.total_cents

    john, jane = fainting.patient.user, credited.patient.user
    assert invoices_visible_to(john).filter(patient__guardian=john).count() == 1  # his father's
    assert own_open_amounts(john) == [(pressure.currency, pressure.balance_cents + missed.balance_cents)]
    assert own_open_amounts(jane) == [(still_open.currency, still_open.total_cents)]


def test_those_people_look_at_are_of_visits_there_are() -> None:
    assert set(STORIES) <= {(visit.doctor, visit.patient, visit.day) for visit in VISITS}


def test_yesterdays_are_drafts_and_earlier_ones_issued() -> None:
    yesterday = diary.working_day(TODAY, -1)
    drafts = InvoiceQuerySet(Invoice).drafts()

    assert set(drafts.values_list("visit_day", flat=True)) == {yesterday}
    assert not InvoiceQuerySet(Invoice).issued().filter(visit_day__gte=yesterday).exists()


def test_numbers_follow_one_another_and_so_do_their_days() -> None:
    issued = list(InvoiceQuerySet(Invoice).issued().order_by("sequence").values_list("sequence", "issued_at"))
    assert [sequence for sequence, _ in issued] == list(range(1, len(issued) + 1))
    assert [at for _, at in issued] == sorted(at for _, at in issued)
    notes = list(CreditNote.objects.order_by("sequence").values_list("sequence", "issued_at"))
    assert [sequence for sequence, _ in notes] == list(range(1, len(notes) + 1))
    assert [at for _, at in notes] == sorted(at for _, at in notes)


def test_nothing_happened_in_the_future_or_before_it_could() -> None:
    for model, field in ((Invoice, "issued_at"), (Payment, "received_at"), (Refund, "refunded_at")):
        assert not model._default_manager.filter(**{f"{field}__gt": WEDNESDAY}).exists()
    assert not CreditNote.objects.filter(issued_at__gt=WEDNESDAY).exists()
    payments = list(Payment.objects.select_related("invoice"))
    assert len(payments) > 300
    for payment in payments:
        assert payment.invoice.issued_at is not None
        assert payment.invoice.issued_at < payment.received_at
    assert not InvoiceQuerySet(Invoice).with_balance().filter(balance_cents__lt=0).exists()


def test_each_visit_before_today_is_decided_as_billing_decides() -> None:
    """The bulk leaves nothing for the job but today's, and says of each visit what the services would."""
    before_today = Booking.objects.filter(
        idempotency_key__startswith=KEY,
        starts_at__lt=start_of_day(TODAY),
        status__in=[Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW],
    )
    assert before_today.count() > 500
    assert not before_today.filter(billing_decision__isnull=True).exists()
    visits = list(before_today.select_related("patient__user", "doctor__user", "billing_decision"))
    decided = {visit.pk: visit.billing_decision.outcome for visit in visits}
    assert decided == {
        visit.pk: BillingOutcome.CHARGED if charge_for(visit) else BillingOutcome.FREE for visit in visits
    }


def said(invoice: Invoice) -> dict[str, Any]:
    """All an invoice says, but its keys, its number and when it was made."""
    leave = {"id", "number", "sequence", "created_at", "issued_at", "issued_by_id", "invoice_id", "due_on"}
    parts = [
        [{key: value for key, value in row.items() if key not in leave} for row in found.values()]
        for found in (Invoice.objects.filter(pk=invoice.pk), invoice.lines.all(), invoice.taxes.all())
    ]
    return dict(zip(("invoice", "lines", "taxes"), parts, strict=True))


@pytest.mark.parametrize("username", ["john_doe", "jane_patient"])
def test_an_invoice_is_what_the_services_make_of_the_same_visit(username: str) -> None:
    invoice = InvoiceQuerySet(Invoice).drafts().filter(booking__status=Status.COMPLETED).earliest("created_at")
    in_bulk, by = said(invoice), of(username)[0].issued_by
    booking = invoice.booking
    assert booking is not None
    assert by is not None
    drop_draft(invoice=invoice, revision=1, reason="Once more", by=by, now=WEDNESDAY)
    BillingDecision.objects.filter(booking=booking).delete()

    assert settle_visit(booking_id=booking.pk, now=WEDNESDAY) == BillingOutcome.CHARGED
    made = Invoice.objects.get(booking=booking)
    assert said(made) == in_bulk

    issued = issue(invoice=made, by=by, now=WEDNESDAY)
    other = of(username)[0]
    ours, theirs = said(issued)["invoice"][0], said(other)["invoice"][0]
    same = {"series", "year", "seller_name", "seller_address", "seller_phone", "seller_tax_number", "currency"}
    assert {key: ours[key] for key in same} == {key: theirs[key] for key in same}
    assert theirs["buyer_name"] == other.patient.full_name


def test_a_second_run_writes_nothing() -> None:
    before, house = rows(), everything()

    load(now=WEDNESDAY)

    assert rows() == before
    assert everything() == house


def test_the_job_has_todays_visits_left_and_no_others() -> None:
    settle_visits(since=None, most=1_000, now=WEDNESDAY)

    assert set(InvoiceQuerySet(Invoice).drafts().values_list("visit_day", flat=True)) <= {
        TODAY,
        diary.working_day(TODAY, -1),
    }


def test_on_the_next_day_what_was_left_is_issued_but_not_what_somebody_works_on() -> None:
    kept = InvoiceQuerySet(Invoice).drafts().earliest("created_at")
    InvoiceQuerySet(Invoice).filter(pk=kept.pk).update(revision=2)
    tomorrow = WEDNESDAY + timedelta(days=1)

    load(now=tomorrow)

    drafts = InvoiceQuerySet(Invoice).drafts().exclude(pk=kept.pk)
    assert set(drafts.values_list("visit_day", flat=True)) == {TODAY}
    kept.refresh_from_db()
    assert kept.is_draft
    test_numbers_follow_one_another_and_so_do_their_days()


def test_where_billing_has_not_begun_there_are_none(settings: Any) -> None:
    settings.BILLING_FROM = None
    before = rows()

    load(now=WEDNESDAY + timedelta(days=1))

    assert rows() == before
