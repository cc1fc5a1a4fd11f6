"""Until when a patient can give a time back, and how soon they can take one: the default notice (B7, C6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from bookings import rules
from bookings.choices import Status
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.services.move import move
from bookings.services.steps import confirm
from bookings.tests.conftest import NOW
from bookings.tests.people import browser_of, slot_in, text_of
from doctors.tests.factories import make_doctor
from hms_project.settings import base
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db
INSTANT = timedelta(microseconds=1)


@override_settings(MIN_NOTICE_MINUTES=base.MIN_NOTICE_MINUTES)
def test_two_hours_are_the_notice_unless_somebody_says_otherwise() -> None:
    assert base.MIN_NOTICE_MINUTES == 120
    doctor, patient = make_doctor(), make_patient()
    soon, later = slot_in(doctor, hours=2), slot_in(doctor, hours=2.5)
    with pytest.raises(rules.NoticeTooShort):
        book(slot_id=soon.pk, by=patient.user, now=NOW)
    book(slot_id=later.pk, by=patient.user, now=NOW)
    book(
        slot_id=soon.pk, patient_ref=PatientRef.of(make_patient()), by=make_staff(StaffRole.RECEPTION), now=NOW
    )  # the hospital knows best (C10)


def test_a_request_can_be_withdrawn_until_it_begins_and_a_confirmed_one_until_the_cut_off() -> None:
    doctor = make_doctor(cancel_cutoff=timedelta(hours=24))
    slots = [slot_in(doctor, hours=hours) for hours in (1, 2, 3)]
    long_ago = NOW - timedelta(days=2)
    asked, sure, begun = (book(slot_id=slot.pk, by=make_patient().user, now=long_ago) for slot in slots)
    confirm(booking=sure, by=doctor.user, now=long_ago)

    page = text_of(browser_of(asked.patient.user).get(reverse("bookings:cancel", args=[asked.reference])))
    assert "Withdraw this request?" in page
    cancel(booking=asked, by=asked.patient.user, now=asked.starts_at - INSTANT)
    with pytest.raises(rules.TooLateToCancel):
        cancel(booking=sure, by=sure.patient.user, now=NOW)
    with pytest.raises(rules.TooLateToCancel):
        cancel(booking=begun, by=begun.patient.user, now=begun.starts_at)
    cancel(booking=begun, by=doctor.user, reason="Ill", now=begun.starts_at)


def test_a_fresh_booking_can_be_taken_back_for_ten_minutes_but_not_once_it_has_begun() -> None:
    doctor = make_doctor(confirms_automatically=True, cancel_cutoff=timedelta(hours=24))
    fresh, stale, near = (
        book(slot_id=slot_in(doctor, **ahead).pk, by=make_patient().user, now=NOW)
        for ahead in ({"hours": 1}, {"hours": 2}, {"minutes": 5})
    )
    assert {visit.status for visit in (fresh, stale, near)} == {Status.CONFIRMED}
    page = text_of(browser_of(fresh.patient.user).get(reverse("bookings:detail", args=[fresh.reference])))
    assert "You can move or cancel your appointment here until Wednesday 5 August 2026, 9:10am." in page
    cancel(booking=fresh, by=fresh.patient.user, now=NOW + timedelta(minutes=10))
    for service, refusal in ((cancel, rules.TooLateToCancel), (move, rules.TooLateToMove)):
        facts = {"to_slot_id": slot_in(doctor, days=3).pk} if service is move else {}
        with pytest.raises(refusal):
            service(booking=stale, by=stale.patient.user, now=NOW + timedelta(minutes=10) + INSTANT, **facts)
    with pytest.raises(rules.TooLateToCancel):
        cancel(booking=near, by=near.patient.user, now=near.starts_at)


@pytest.mark.parametrize(
    ("automatic", "words"),
    [(True, "It starts soon: you can cancel online until 9:10am."), (False, "You can withdraw your request until")],
)
def test_the_check_page_says_beforehand_what_will_hold(automatic: bool, words: str) -> None:
    doctor = make_doctor(confirms_automatically=automatic, cancel_cutoff=timedelta(hours=24))
    address = f"{reverse('bookings:new')}?slot={slot_in(doctor, hours=3).pk}"
    assert words in text_of(browser_of(make_patient().user).get(address))
