"""From the visit to its invoice, by itself (G1): each step of a visit is charged once, and what is taken back goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from billing import tasks
from billing.choices import BillingOutcome, Occasion, PaymentStatus
from billing.errors import AlreadyInvoiced, NotToBeBilled, VisitTakenBack
from billing.models import BillingDecision, CreditNote, DoctorFees, Invoice
from billing.services.drafts import LineDraft, change_draft, draft_for_visit, drop_draft
from billing.services.issuing import issue
from billing.services.sweep import undecided
from billing.services.visits import settle_visit
from billing.tests.conftest import NOW
from billing.tests.factories import make_clerk, pay, stands
from bookings.models import Booking
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.services.move import move
from bookings.services.steps import check_in, complete, confirm, mark_no_show
from bookings.services.undo import undo
from bookings.tests.factories import make_offers
from bookings.tests.people import booked, cancelled, confirmed, slot_in
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)
CERTIFICATE = [LineDraft("Certificate", 1_500)]


def visit(**facts: Any) -> Booking:
    """A visit that has been completed, ten minutes from NOW."""
    booking = confirmed(slot=slot_in(facts.pop("doctor", None), hours=1 / 6), **facts)
    doctor = booking.doctor.user
    return complete(booking=check_in(booking=booking, by=doctor, now=NOW), by=doctor, now=NOW)


def missed(**facts: Any) -> Booking:
    booking = confirmed(slot=slot_in(facts.pop("doctor", None), minutes=30, hours=-1), **facts)
    return mark_no_show(booking=booking, by=booking.doctor.user, now=NOW)


def settle(booking: Booking) -> BillingOutcome | None:
    return settle_visit(booking_id=booking.pk, now=NOW)


def counting(booking: Booking) -> Invoice:
    return booking.invoices.order_by("-take")[0]


def test_a_completed_visit_drafts_its_fee_as_it_was_booked() -> None:
    booking = visit()
    booking.doctor.consultation_fee_cents += 5_000
    booking.doctor.save()

    assert settle(booking) == BillingOutcome.CHARGED

    draft = booking.invoices.get()
    assert (draft.is_draft, draft.occasion, draft.total_cents) == (True, Occasion.VISIT, booking.fee_cents)
    assert draft.lines.get().description == f"Appointment on Wednesday 5 August 2026, {booking.doctor.display_name}"
    assert (draft.patient, draft.doctor, draft.created_by) == (booking.patient, booking.doctor, None)


def test_settled_again_it_is_still_one() -> None:
    booking = visit()

    assert [settle(booking), settle(booking), settle(booking)] == [BillingOutcome.CHARGED, None, None]
    assert Invoice.objects.count() == 1


def test_completed_undone_and_completed_again_is_one_invoice() -> None:
    booking = visit()
    doctor = booking.doctor.user
    settle(booking)

    undo(booking=booking, by=doctor, now=NOW + MINUTE)
    assert settle(booking) == BillingOutcome.TAKEN_BACK
    assert Invoice.objects.count() == 0

    complete(booking=booking, by=doctor, now=NOW + 2 * MINUTE)
    assert settle(booking) == BillingOutcome.CHARGED
    assert Invoice.objects.count() == 1


def test_completed_undone_and_completed_again_before_anybody_looked_is_one_invoice() -> None:
    booking = visit()
    settle(booking)
    doctor = booking.doctor.user
    undo(booking=booking, by=doctor, now=NOW + MINUTE)
    complete(booking=booking, by=doctor, now=NOW + 2 * MINUTE)

    assert settle(booking) is None
    assert Invoice.objects.count() == 1


def test_an_issued_invoice_of_a_visit_taken_back_is_credited_and_another_may_follow() -> None:
    booking, clerk = visit(), make_clerk()
    settle(booking)
    first = issue(invoice=counting(booking), by=clerk, now=NOW)
    pay(first, 100)
    undo(booking=booking, by=booking.doctor.user, now=NOW + MINUTE)

    settle(booking)

    assert stands(first).status == PaymentStatus.CANCELLED
    assert stands(first).owed_cents == 100
    assert (CreditNote.objects.get().issued_by, CreditNote.objects.get().total_cents) == (None, first.total_cents)
    complete(booking=booking, by=booking.doctor.user, now=NOW + 2 * MINUTE)
    settle(booking)
    assert [(one.take, one.is_draft) for one in booking.invoices.order_by("take")] == [(1, False), (2, True)]


def test_a_draft_of_a_visit_just_taken_back_is_not_issued() -> None:
    booking = visit()
    settle(booking)
    undo(booking=booking, by=booking.doctor.user, now=NOW + MINUTE)

    with pytest.raises(VisitTakenBack):
        issue(invoice=counting(booking), by=make_clerk(), now=NOW)


def test_a_dropped_draft_does_not_come_back() -> None:
    booking = visit()
    settle(booking)

    drop_draft(invoice=counting(booking), revision=1, reason="Seen for nothing", by=make_clerk(), now=NOW)

    assert settle(booking) is None
    assert Invoice.objects.count() == 0
    assert BillingDecision.objects.get().outcome == BillingOutcome.WAIVED


def test_a_changed_draft_stays_changed() -> None:
    booking = visit()
    settle(booking)
    change_draft(invoice=counting(booking), lines=CERTIFICATE, discount_cents=0, revision=1, by=make_clerk(), now=NOW)

    settle(booking)

    assert counting(booking).total_cents == 1_500


def test_by_hand_an_appointment_gets_one_invoice_once_it_has_ended() -> None:
    booking, clerk = visit(), make_clerk()
    draft = draft_for_visit(booking=booking, lines=CERTIFICATE, by=clerk, key="k", now=NOW)

    again = draft_for_visit(booking=booking, lines=CERTIFICATE, by=clerk, key="k", now=NOW)
    assert again.pk == draft.pk
    assert settle(booking) is None
    with pytest.raises(AlreadyInvoiced):
        draft_for_visit(booking=booking, lines=CERTIFICATE, by=clerk, now=NOW)
    with pytest.raises(NotToBeBilled):
        draft_for_visit(booking=confirmed(), lines=CERTIFICATE, by=clerk, now=NOW)


def test_a_visit_without_a_fee_has_no_invoice() -> None:
    assert settle(visit(doctor=make_doctor(consultation_fee_cents=0))) == BillingOutcome.FREE
    assert Invoice.objects.count() == 0


def test_visits_before_billing_began_are_not_billed(settings: Any) -> None:
    booking = visit()
    settings.BILLING_FROM = NOW.date() + timedelta(days=1)
    assert settle(booking) is None
    settings.BILLING_FROM = None
    assert settle(booking) is None
    assert not list(undecided(None))


# Missed, and cancelled late


@pytest.fixture
def fees(settings: Any) -> Any:
    settings.MISSED_VISIT_PERCENT, settings.LATE_CANCELLATION_PERCENT = 100, 50
    return settings


def test_by_default_neither_costs_anything() -> None:
    assert settle(missed()) == BillingOutcome.FREE
    assert settle(cancelled(now=NOW + timedelta(hours=1))) == BillingOutcome.FREE


def test_a_missed_visit_costs_what_the_hospital_says_or_its_doctor(fees: Any) -> None:
    booking, other = missed(), missed()
    DoctorFees.objects.create(doctor=other.doctor, missed_visit_percent=25)

    assert [settle(booking), settle(other)] == [BillingOutcome.CHARGED, BillingOutcome.CHARGED]
    assert counting(booking).total_cents == booking.fee_cents
    assert counting(other).total_cents * 4 == other.fee_cents
    assert counting(booking).occasion == Occasion.MISSED


def test_who_had_arrived_is_not_charged_for_missing(fees: Any) -> None:
    """They came, were kept waiting, and left: the hospital was late."""
    booking = confirmed(slot=slot_in(hours=-1))
    doctor = booking.doctor.user
    check_in(booking=booking, by=doctor, now=NOW - timedelta(hours=1))
    undo(booking=booking, by=doctor, now=NOW - timedelta(minutes=57))
    mark_no_show(booking=booking, by=doctor, now=NOW)

    assert settle(booking) == BillingOutcome.FREE


def late_cancellation(by: str, *, ahead: timedelta = timedelta(hours=23)) -> Booking:
    booking = confirmed()
    who = {"patient": booking.patient.user, "doctor": booking.doctor.user, "desk": make_clerk()}[by]
    return cancel(booking=booking, by=who, reason="Ill", now=booking.starts_at - ahead)


def test_a_patient_who_cancels_late_pays_a_part(fees: Any) -> None:
    booking = late_cancellation("patient")

    assert settle(booking) == BillingOutcome.CHARGED
    assert counting(booking).total_cents * 2 == booking.fee_cents
    assert counting(booking).occasion == Occasion.LATE_CANCELLATION


def test_a_request_that_nobody_confirmed_costs_nothing(fees: Any) -> None:
    booking = booked(hours=5)
    cancel(booking=booking, by=booking.patient.user, now=booking.starts_at - timedelta(hours=4))

    assert settle(booking) == BillingOutcome.FREE


def test_a_guardian_who_cancels_late_pays_a_part(fees: Any) -> None:
    guardian = make_patient()
    slot, ref = slot_in(), PatientRef.of(make_person(guardian))
    booking = book(slot_id=slot.pk, patient_ref=ref, by=guardian.user, now=NOW)
    confirm(booking=booking, by=booking.doctor.user, now=NOW)
    cancel(booking=booking, by=guardian.user, now=booking.starts_at - timedelta(hours=23))

    assert settle(booking) == BillingOutcome.CHARGED


@pytest.mark.parametrize("by", ["doctor", "desk"])
def test_what_the_hospital_cancels_costs_nothing(fees: Any, by: str) -> None:
    assert settle(late_cancellation(by)) == BillingOutcome.FREE


def test_cancelled_in_time_costs_nothing(fees: Any) -> None:
    assert settle(late_cancellation("patient", ahead=timedelta(hours=24))) == BillingOutcome.FREE
    assert settle(late_cancellation("patient", ahead=timedelta(hours=24) - MINUTE)) == BillingOutcome.CHARGED


def test_a_move_costs_nothing(fees: Any) -> None:
    booking = confirmed()
    now = booking.starts_at - timedelta(hours=20)
    move(booking=booking, to_slot_id=slot_in(booking.doctor, days=3).pk, by=booking.patient.user, now=now)

    assert settle(booking) == BillingOutcome.FREE


def test_who_was_offered_other_times_cancels_for_nothing(fees: Any) -> None:
    booking = confirmed()
    make_offers(booking, [slot_in(booking.doctor, days=4)], now=booking.created_at)
    cancel(booking=booking, by=booking.patient.user, now=booking.starts_at - timedelta(hours=20))

    assert settle(booking) == BillingOutcome.FREE


# The job, and at once


def test_the_job_finds_what_nobody_was_woken_for(set_clock: Any) -> None:
    booking, other = visit(), missed()
    set_clock(NOW)

    assert tasks.settle_visits() == 2
    assert tasks.settle_visits() == 0
    assert booking.invoices.count() == 1
    assert other.invoices.count() == 0
    undo(booking=booking, by=booking.doctor.user, now=NOW + MINUTE)
    assert tasks.settle_visits() == 1
    assert Invoice.objects.count() == 0


def test_the_frequent_run_leaves_long_ago_to_the_night(set_clock: Any) -> None:
    booking = visit()
    set_clock(NOW + timedelta(days=36))

    assert tasks.settle_visits() == 0
    assert tasks.settle_all_visits() == 1
    assert booking.invoices.count() == 1


def test_a_run_settles_so_many_and_the_next_goes_on(set_clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        visit()
    set_clock(NOW)
    monkeypatch.setattr(tasks, "MOST", 2)

    assert [tasks.settle_visits() for _ in range(3)] == [2, 1, 0]
    assert Invoice.objects.count() == 3


def test_whoever_completes_wakes_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[Any] = []
    monkeypatch.setattr("integrations.outbox.wake_workers", lambda *asked: woken.append(asked))

    booking = visit()

    assert woken.count(("billing.tasks.settle_visit", booking.pk)) == 1
    tasks.settle_visit(*woken[-1][1:])
    assert booking.invoices.count() == 1


def test_what_is_written_is_in_the_hospitals_language() -> None:
    booking = visit()
    with timezone.override("Asia/Kathmandu"):
        settle(booking)

    assert "Wednesday 5 August 2026" in counting(booking).lines.get().description
