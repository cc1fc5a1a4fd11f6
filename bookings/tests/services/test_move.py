"""Moving an appointment (C7): one transaction, linked, told once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bookings import rules, states
from bookings.calendars.ics import calendar_file
from bookings.choices import MOVED, HoldState, Status
from bookings.holds.selectors import answer_to_offers, offers_of
from bookings.holds.services import OfferGone
from bookings.models import Booking, Hold
from bookings.rules import KeyReused, PatientRef
from bookings.services import move as moving
from bookings.services import reminders
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.services.move import move
from bookings.tests.conftest import NOW
from bookings.tests.factories import make_held, make_offers
from bookings.tests.people import booked, confirmed, slot_in
from bookings.time_off.offers import accept, decline_all
from doctors.models import Slot, TimeOff
from doctors.tests.factories import make_doctor
from integrations.choices import MessageStatus
from integrations.models import OutgoingMessage
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)


def moved(booking: Booking, slot: Slot, *, by_doctor: bool = False, key: str | None = None, **facts: object) -> Booking:
    by = booking.doctor.user if by_doctor else booking.patient.user
    given = {"now": NOW, **facts}
    return move(booking=booking, to_slot_id=slot.pk, by=by, idempotency_key=key, **given)  # type: ignore[arg-type]


def test_the_new_time_is_taken_as_the_old_one_is_freed() -> None:
    old = booked(days=3, reason="Knee")
    slot = slot_in(old.doctor, days=4)

    new = moved(old, slot)

    old.refresh_from_db()
    assert (old.status, old.cancellation_reason, old.cancelled_by) == (Status.CANCELLED, MOVED, old.patient.user)
    assert (new.moved_from, new.patient, new.doctor, new.reason) == (old, old.patient, old.doctor, "Knee")
    assert (new.starts_at, new.status) == (slot.starts_at, Status.PENDING)
    assert [Slot.objects.get(pk=pk).state for pk in (old.slot_id, slot.pk)] == ["FREE", "BOOKED"]


def test_the_price_is_that_of_the_day_of_the_move() -> None:
    old = booked(days=3)
    old.doctor.consultation_fee_cents = 15_000
    old.doctor.save()

    assert moved(old, slot_in(old.doctor, days=4)).fee_cents == 15_000


def test_to_a_calendar_it_is_the_same_appointment_and_a_newer_one() -> None:
    old = confirmed(days=3)
    new = moved(old, slot_in(old.doctor, days=4))
    old.refresh_from_db()

    assert new.calendar_uid == old.calendar_uid
    assert new.calendar_sequence > old.calendar_sequence
    text = calendar_file(new, for_patient=True, changed_at=NOW).decode()
    assert str(old.calendar_uid) in text


def test_both_are_told_once_with_a_file_that_replaces_the_old_one() -> None:
    old = booked(days=3)
    OutgoingMessage.objects.all().delete()
    new = moved(old, slot_in(old.doctor, days=4))

    told = list(OutgoingMessage.objects.order_by("pk"))
    assert [row.action for row in told] == ["BOOKING_RESCHEDULED"] * 2
    assert [row.data["recipient_role"] for row in told] == ["PATIENT", "DOCTOR"]
    assert {row.data["calendar"]["method"] for row in told} == {"REQUEST"}
    assert {row.data["previous_starts_at"] for row in told} == {old.starts_at.isoformat(timespec="seconds")}
    assert told[0].data["booking"]["reference"] == new.reference


def test_the_mail_says_whether_the_new_time_still_waits_for_the_doctor() -> None:
    first, second = booked(days=3), confirmed(days=3)
    moved(first, slot_in(first.doctor, days=4))
    moved(second, slot_in(second.doctor, days=4), by_doctor=True)

    told = OutgoingMessage.objects.filter(action="BOOKING_RESCHEDULED").order_by("pk")
    assert [row.data["needs_confirmation"] for row in told] == [True, True, False, False]


def test_the_reminder_of_the_old_time_is_withdrawn_and_the_new_one_gets_its_own() -> None:
    old = booked(days=1)
    reminders.remind(now=NOW)
    new = moved(old, slot_in(old.doctor, days=2))

    assert [row.status for row in OutgoingMessage.objects.filter(action="APPOINTMENT_REMINDER")] == [
        MessageStatus.DROPPED
    ]
    reminders.remind(now=NOW + timedelta(days=1, hours=2))
    new.refresh_from_db()
    assert new.reminder_queued_at is not None


def test_the_same_form_sent_twice_moves_once_and_another_one_under_its_key_is_refused() -> None:
    old = booked(days=3)
    slot, other = slot_in(old.doctor, days=4), slot_in(old.doctor, days=5)

    assert moved(old, slot, key="form") == moved(old, slot, key="form")
    with pytest.raises(KeyReused):
        moved(old, other, key="form")


def test_what_was_moved_is_not_moved_again() -> None:
    old = booked(days=3)
    moved(old, slot_in(old.doctor, days=4))

    with pytest.raises(moving.AlreadyMoved):
        moved(old, slot_in(old.doctor, days=5))


def test_a_new_appointment_can_be_moved_back_again() -> None:
    old = booked(days=3)
    new = moved(old, slot_in(old.doctor, days=4))

    back = moved(new, old.slot)  # type: ignore[arg-type]
    assert (back.starts_at, back.moved_from, back.calendar_uid) == (old.starts_at, new, old.calendar_uid)


def test_patients_move_until_the_cut_off_and_doctors_later_too() -> None:
    old = confirmed(hours=1)
    slot = slot_in(old.doctor, days=4)

    with pytest.raises(rules.TooLateToMove):
        moved(old, slot)
    assert moved(old, slot, by_doctor=True).status == Status.CONFIRMED


@pytest.mark.parametrize(("by_doctor", "status"), [(True, Status.CONFIRMED), (False, Status.PENDING)])
def test_a_confirmed_one_stays_so_when_the_doctor_moves_it(by_doctor: bool, status: Status) -> None:
    old = confirmed(days=3)
    assert moved(old, slot_in(old.doctor, days=4), by_doctor=by_doctor).status == status


def test_a_cancelled_or_finished_one_stays_where_it_is() -> None:
    old = booked(days=3)
    cancel(booking=old, by=old.patient.user, now=NOW)

    with pytest.raises(states.TransitionRefused):
        moved(old, slot_in(old.doctor, days=4))


def test_only_its_own_people_move_it() -> None:
    old = booked(days=3)
    slot = slot_in(old.doctor, days=4)

    with pytest.raises(states.TransitionRefused):
        move(booking=old, to_slot_id=slot.pk, by=make_patient().user, now=NOW)


def test_not_to_its_own_time_another_doctors_or_one_that_is_taken() -> None:
    old = booked(days=3)
    taken = booked(slot=slot_in(old.doctor, days=4))

    with pytest.raises(moving.SameSlot):
        moved(old, old.slot)  # type: ignore[arg-type]
    with pytest.raises(rules.SlotTaken):
        moved(old, slot_in(make_doctor(), days=4))
    with pytest.raises(rules.SlotTaken):
        moved(old, taken.slot)  # type: ignore[arg-type]
    old.refresh_from_db()
    assert old.status == Status.PENDING


def test_not_into_another_appointment_of_the_patient() -> None:
    old = booked(days=3)
    booked(patient=old.patient, slot=slot_in(make_doctor(), days=4))

    with pytest.raises(rules.PatientBusy):
        moved(old, slot_in(old.doctor, days=4))


def test_a_time_held_for_another_is_not_to_be_had() -> None:
    old = booked(days=3)
    slot = slot_in(old.doctor, days=4)
    make_held(make_patient(), slot, now=NOW)

    with pytest.raises(rules.SlotTaken):
        moved(old, slot)
    assert moved(old, slot, now=NOW + timedelta(hours=1)).slot_id == slot.pk


def test_a_time_freed_while_the_doctor_is_away_leaves_the_diary() -> None:
    old = booked(days=3)
    TimeOff.objects.create(
        doctor=old.doctor, starts_at=old.starts_at, ends_at=old.ends_at, created_by=old.doctor.user, created_at=NOW
    )
    moved(old, slot_in(old.doctor, days=4))

    assert not Slot.objects.filter(pk=old.slot_id).exists()


# Times offered in place of an appointment (B6)


def offered(number: int = 3, **ahead: float) -> tuple[Booking, list[Slot]]:
    old = confirmed(**(ahead or {"days": 6}))
    slots = [slot_in(old.doctor, days=7 + n) for n in range(number)]
    make_offers(old, slots, now=NOW)
    return old, slots


def test_times_offered_are_held_for_two_days_and_the_patient_is_told() -> None:
    old, slots = offered()

    assert {hold.until for hold in Hold.objects.all()} == {NOW + timedelta(hours=48)}
    assert Slot.objects.filter(pk__in=[slot.pk for slot in slots]).on_offer(NOW).count() == 0
    told = OutgoingMessage.objects.get(action="TIMES_OFFERED")
    assert len(told.data["offers"]) == 3
    assert told.data["offers"][0]["accept_url"].endswith(f"/bookings/{old.reference}/offers/?slot={slots[0].pk}")
    assert answer_to_offers(old, NOW) == "waiting"


def test_accepting_one_moves_the_appointment_and_lets_the_others_go() -> None:
    old, slots = offered()

    new = accept(booking=old, slot_id=slots[1].pk, by=old.patient.user, now=NOW)

    assert (new.moved_from, new.status) == (old, Status.CONFIRMED)
    assert accept(booking=old, slot_id=slots[1].pk, by=old.patient.user, now=NOW) == new
    assert sorted(Hold.objects.values_list("state", flat=True)) == ["ACCEPTED", "DECLINED", "DECLINED"]
    assert Slot.objects.on_offer(NOW).filter(pk__in=[slots[0].pk, slots[2].pk]).count() == 2


def test_an_offer_may_be_accepted_after_the_cut_off() -> None:
    old, slots = offered(hours=1)
    assert accept(booking=old, slot_id=slots[0].pk, by=old.patient.user, now=NOW).status == Status.CONFIRMED


def test_declining_lets_them_go_and_changes_nothing_else() -> None:
    old, _ = offered()
    decline_all(booking=old, by=old.patient.user, now=NOW)

    old.refresh_from_db()
    assert old.status == Status.CONFIRMED
    assert answer_to_offers(old, NOW) == "declined"
    assert Slot.objects.on_offer(NOW).count() == 3


def test_no_answer_is_seen_and_what_ran_out_cannot_be_accepted() -> None:
    old, slots = offered()
    later = NOW + timedelta(hours=48)

    assert answer_to_offers(old, later) == "unanswered"
    assert offers_of(old, later) == []
    assert Slot.objects.filter(pk=slots[0].pk).on_offer(later).exists()
    with pytest.raises(OfferGone):
        accept(booking=old, slot_id=slots[0].pk, by=old.patient.user, now=later)


def test_nobody_else_takes_an_offered_time_nor_the_patient_on_top() -> None:
    old, slots = offered()

    for patient in (make_patient(), old.patient):
        with pytest.raises(rules.SlotTaken):
            book(slot_id=slots[0].pk, patient_ref=PatientRef.of(patient), by=patient.user, now=NOW)


def test_cancelling_lets_the_offered_times_go() -> None:
    old, _ = offered()
    cancel(booking=old, by=old.patient.user, now=NOW)

    assert set(Hold.objects.values_list("state", flat=True)) == {HoldState.DECLINED}
    assert Slot.objects.on_offer(NOW).count() == 4
