"""A patient's account is closed (H3): what is to come is decided first, records stay, it can be opened again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import Session, User
from accounts.services import HasClosingProcess, set_active
from accounts.tests.factories import StaffFactory
from bookings.account_closure import dependents
from bookings.account_closure import services as account_closure
from bookings.account_closure.rules import ClosureDecision, choices_of
from bookings.account_closure.services import AlreadyClosed
from bookings.calendars import feeds
from bookings.choices import HoldState, Status, WaitingState
from bookings.holds import services as holds
from bookings.models import Booking, CalendarFeed, Hold, WaitingEntry
from bookings.rules import AppointmentsChanged, PatientRef, TooLateToCancel
from bookings.services.book import book
from bookings.tests.conftest import NOW
from bookings.tests.factories import make_held, make_offers, make_waiting
from bookings.tests.people import booked, confirmed, slot_in
from bookings.waiting_list import services as waiting_list
from doctors.models import Slot
from doctors.tests.factories import make_doctor, make_slot
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def boss() -> User:
    return StaffFactory()


@pytest.fixture
def ada() -> PatientProfile:
    return make_patient(full_name="Ada Byron")


def close_all(patient: PatientProfile, by: User, choice: ClosureDecision) -> account_closure.ClosureResult:
    decisions = {booking.reference: choice for booking in account_closure.to_decide(patient.user, NOW)}
    return account_closure.close_patient(user=patient.user, decisions=decisions, by=by, now=NOW)


def held_slot(hold: Hold) -> Slot:
    return Slot.objects.get(pk=hold.slot_id)


def test_sign_ins_calendars_and_sessions_end(ada: PatientProfile, boss: User) -> None:
    client = Client()
    client.force_login(ada.user)
    feeds.make_feed(user=ada.user, now=NOW)

    close_all(ada, boss, ClosureDecision.KEEP)

    assert not User.objects.get(pk=ada.user_id).is_active
    assert not Session.objects.filter(user=ada.user).exists()
    assert not CalendarFeed.objects.exists()
    assert client.get("/patient/").status_code == 302
    assert OutgoingMessage.objects.latest("pk").action == "ACCOUNT_CLOSED"
    assert PatientProfile.objects.filter(pk=ada.pk).exists()


def test_each_appointment_is_decided(ada: PatientProfile, boss: User) -> None:
    kept, gone = (booked(slot=slot_in(make_doctor(), days=days), patient=ada) for days in (3, 4))

    closed = account_closure.close_patient(
        user=ada.user,
        decisions={kept.reference: ClosureDecision.KEEP, gone.reference: ClosureDecision.CANCEL},
        by=boss,
        now=NOW,
    )

    assert [booking.pk for booking in closed.kept] == [kept.pk]
    assert [booking.pk for booking in closed.cancelled] == [gone.pk]
    assert Booking.objects.get(pk=kept.pk).status == Status.PENDING
    assert Booking.objects.get(pk=gone.pk).status == Status.CANCELLED
    assert Slot.objects.get(pk=gone.slot_id).is_free


def test_one_that_was_not_shown_stops_it_all(ada: PatientProfile, boss: User) -> None:
    booked(slot=slot_in(make_doctor(), days=3), patient=ada)
    with pytest.raises(AppointmentsChanged):
        account_closure.close_patient(user=ada.user, decisions={}, by=boss, now=NOW)
    assert User.objects.get(pk=ada.user_id).is_active


def test_whom_they_care_for_is_decided_with_them(ada: PatientProfile, boss: User) -> None:
    child = make_person(ada)
    slot = slot_in(make_doctor(), days=3)
    booking = book(slot_id=slot.pk, patient_ref=PatientRef.of(child), by=ada.user, now=NOW)

    assert [visit.pk for visit in account_closure.to_decide(ada.user, NOW)] == [booking.pk]
    close_all(ada, boss, ClosureDecision.CANCEL)

    assert Booking.objects.get(pk=booking.pk).status == Status.CANCELLED


def test_lists_are_left_and_held_times_go_to_the_next(ada: PatientProfile, boss: User) -> None:
    doctor = make_doctor()
    held = make_held(ada, slot_in(doctor, days=3), now=NOW)
    nxt = make_waiting(doctor=doctor, now=NOW)

    close_all(ada, boss, ClosureDecision.KEEP)

    assert WaitingEntry.objects.get(pk=held.entry_id).state == WaitingState.LEFT
    held.refresh_from_db()
    assert held.state == HoldState.DECLINED
    assert Hold.objects.get(slot=held.slot_id, state=HoldState.OPEN).entry == nxt


def test_times_offered_in_place_of_a_kept_appointment_are_free_again(ada: PatientProfile, boss: User) -> None:
    doctor = make_doctor()
    booking = booked(slot=slot_in(doctor, days=3), patient=ada)
    offered = slot_in(doctor, days=5)
    make_offers(booking, [offered], now=NOW)

    close_all(ada, boss, ClosureDecision.KEEP)

    offered.refresh_from_db()
    assert offered.held_until is None
    assert not Hold.objects.filter(state=HoldState.OPEN).exists()


def test_patients_themselves_cancel_until_the_cut_off_only(ada: PatientProfile) -> None:
    soon = confirmed(slot=make_slot(make_doctor(), starts_at=NOW + timedelta(minutes=50)), patient=ada)
    assert choices_of(soon, ada.user, NOW) == [ClosureDecision.KEEP]
    assert choices_of(soon, StaffFactory(), NOW) == [ClosureDecision.KEEP, ClosureDecision.CANCEL]
    with pytest.raises(TooLateToCancel):
        close_all(ada, ada.user, ClosureDecision.CANCEL)
    assert User.objects.get(pk=ada.user_id).is_active
    close_all(ada, ada.user, ClosureDecision.KEEP)
    assert Booking.objects.get(pk=soon.pk).status == Status.CONFIRMED


def test_an_account_is_closed_once_and_can_be_opened_again(ada: PatientProfile, boss: User) -> None:
    close_all(ada, boss, ClosureDecision.KEEP)
    with pytest.raises(AlreadyClosed):
        close_all(ada, boss, ClosureDecision.KEEP)
    account_closure.open_patient(user=ada.user)
    client = Client()
    assert (
        client.post("/accounts/login/", {"login": ada.user.username, "password": "Correct-Horse-9"}).url == "/patient/"
    )


def test_the_plain_way_to_deactivate_leads_here(ada: PatientProfile) -> None:
    with pytest.raises(HasClosingProcess):
        set_active(user=ada.user, is_active=False)


# Taken off the list of people somebody cares for


def test_a_time_held_for_who_is_removed_goes_to_the_next(ada: PatientProfile) -> None:
    child, doctor = make_person(ada), make_doctor()
    slot = slot_in(doctor, days=3)
    held = _held_for(child, ada, slot)
    nxt = make_waiting(doctor=doctor, now=NOW)

    dependents.remove_person(person=child, by=ada.user, now=NOW)

    held.refresh_from_db()
    assert held.state == HoldState.DECLINED
    assert Hold.objects.get(slot=slot, state=HoldState.OPEN).entry == nxt


def test_and_to_everybody_when_nobody_waits(ada: PatientProfile) -> None:
    child = make_person(ada)
    held = _held_for(child, ada, slot_in(make_doctor(), days=3))

    dependents.remove_person(person=child, by=ada.user, now=NOW)

    assert held_slot(held).held_until is None
    assert WaitingEntry.objects.get(pk=held.entry_id).state == WaitingState.LEFT


def _held_for(child: PatientProfile, guardian: PatientProfile, slot: Slot) -> Hold:
    today = NOW.date()
    entry = waiting_list.join(
        patient=child,
        doctor=slot.doctor,
        first_day=today,
        last_day=today + timedelta(days=60),
        weekdays=list(range(7)),
        earliest=NOW.time().min,
        latest=NOW.time().max.replace(second=0, microsecond=0),
        by=guardian.user,
        now=NOW,
    )
    with transaction.atomic():
        return holds.hold(slot=slot, patient=child, until=NOW + timedelta(hours=1), now=NOW, entry=entry)
