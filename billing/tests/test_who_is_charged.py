"""Who is charged, and for what nobody is (G1): each fact counts by itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from billing.choices import BillingOutcome, Method
from billing.fees import visit_facts
from billing.models import BillingDecision, Invoice
from billing.services.erasure import drop_drafts_of
from billing.services.payments import take_back_payment
from billing.services.visits import settle_visit
from billing.tests.conftest import NOW
from billing.tests.desk.people import list_of, named
from billing.tests.factories import make_clerk, make_invoice, pay
from billing.tests.test_visits import late_cancellation, missed, settle, visit
from bookings.choices import Conflict
from bookings.models import Booking
from bookings.tests.people import browser_of
from patients.models import PatientProfile

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("now")]


@pytest.fixture(autouse=True)
def _fees(settings: Any) -> None:
    settings.MISSED_VISIT_PERCENT, settings.LATE_CANCELLATION_PERCENT = 100, 50


@pytest.mark.parametrize("conflict", Conflict)
def test_what_time_off_or_a_closure_fell_on_costs_nothing_when_it_is_missed(conflict: Conflict) -> None:
    booking = missed()
    Booking.objects.filter(pk=booking.pk).update(conflict=conflict)

    assert settle(booking) == BillingOutcome.FREE


def test_whoever_is_erased_is_charged_nothing() -> None:
    booking = visit()
    PatientProfile.objects.filter(pk=booking.patient_id).update(erased_at=NOW)

    assert settle_visit(booking_id=booking.pk, now=NOW) == BillingOutcome.FREE
    assert not Invoice.objects.exists()


def test_what_nobody_cancelled_was_not_cancelled_by_a_patient_without_an_account() -> None:
    booking = late_cancellation("patient")
    assert visit_facts(booking).cancelled_by_patient
    booking.patient.user = booking.patient.guardian = booking.cancelled_by = None

    assert not visit_facts(booking).cancelled_by_patient


def test_what_an_erasure_drops_is_waived_and_what_is_issued_stays_charged() -> None:
    dropped, kept = visit(), visit()
    settle(dropped)
    settle(kept)

    with transaction.atomic():
        drop_drafts_of({dropped.patient_id})

    outcomes = dict(BillingDecision.objects.values_list("booking", "outcome"))
    assert outcomes == {dropped.pk: BillingOutcome.WAIVED, kept.pk: BillingOutcome.CHARGED}
    assert settle(dropped) is None


def in_the_admin(client: Client, query: str) -> list[str]:
    response = client.get(f"/admin/billing/invoice/?{query}")
    return [row.number for row in response.context["cl"].result_list]


@pytest.mark.ignore_template_errors
def test_a_payment_that_was_taken_back_is_no_payment_by_its_method() -> None:
    clerk = make_clerk()
    client, mistaken, paid = browser_of(clerk), make_invoice(), make_invoice()
    wrong = pay(mistaken, 8_000, method=Method.CARD, reference="T-1", by=clerk)
    take_back_payment(payment=wrong, reason="Another invoice", by=clerk, now=NOW)
    pay(paid, 8_000, method=Method.CARD, reference="T-1", by=clerk)

    assert in_the_admin(client, "method=CARD") == [paid.number]
    assert named(list_of(client, method="CARD")) == [paid.number]
