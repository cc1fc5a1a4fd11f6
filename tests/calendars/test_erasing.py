"""An erasure reaches what was written to Google: through the real client, at the stand-in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.tests.factories import StaffFactory
from bookings.account_closure import services as account_closure
from bookings.models import Booking
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.services.move import move
from core import clock
from doctors.tests.factories import make_slot
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.tests.factories import make_person
from privacy import retention
from privacy.data_subjects import DataSubject, myself
from privacy.erasing import erase
from privacy.models import Erasure
from privacy.streams import messages_of
from tests.calendars.people import DOCTOR, PATIENT, Pair, deliver

pytestmark = pytest.mark.django_db(transaction=True)


def past(pair: Pair, patient: PatientProfile) -> Booking:
    """A visit of last week that stands in both calendars."""
    slot = make_slot(pair.doctor, starts_at=clock.now() - timedelta(days=7))
    before = slot.starts_at - timedelta(days=1)
    return book(slot_id=slot.pk, patient_ref=PatientRef.of(patient), by=pair.patient.user, now=before)


def erased(person: DataSubject) -> Erasure:
    return erase(person=person, reason="Asked by letter", by=StaffFactory(), now=clock.now())


def words_at_google(pair: Pair) -> str:
    return str(pair.in_both())


def test_past_visits_leave_the_calendar_of_the_doctor(pair: Pair) -> None:
    stranger_stays = connected_pair_of_another(pair)
    past(pair, pair.patient)
    deliver()
    assert "Pat Patient" in str(pair.events(DOCTOR))

    account_closure.close_patient(user=pair.patient.user, decisions={}, by=StaffFactory(), now=clock.now())
    done = erased(myself(type(pair.patient.user).objects.get(pk=pair.patient.user_id)))
    deliver()

    assert "Pat Patient" not in str(pair.events(DOCTOR))
    assert [event["id"] for event in pair.events(DOCTOR)] == [stranger_stays.doctor_event_id]
    assert retention.erase_messages(now=clock.now()) == 1
    assert Erasure.objects.get(pk=done.pk).messages_erased_at is not None


def connected_pair_of_another(pair: Pair) -> Booking:
    """Of somebody else, in the same doctor's calendar: no business of this erasure."""
    other = make_person(pair.patient, full_name="Otto Other")
    PatientProfile.objects.filter(pk=other.pk).update(guardian=None, relationship="")
    slot = make_slot(pair.doctor, starts_at=clock.now() - timedelta(days=8))
    before = slot.starts_at - timedelta(days=1)
    return book(slot_id=slot.pk, patient_ref=PatientRef.of(other), by=StaffFactory(), now=before)


def test_a_childs_visits_leave_the_calendar_of_their_guardian_as_well(pair: Pair) -> None:
    child = make_person(pair.patient, full_name="Kit Canarychild")
    past(pair, child)
    own = past_of_the_guardian(pair)
    deliver()
    assert "Kit Canarychild" in str(pair.events(PATIENT))
    assert "Kit Canarychild" in str(pair.events(DOCTOR))

    done = erased(DataSubject(patient=PatientProfile.objects.get(pk=child.pk)))
    deliver()

    assert "Kit Canarychild" not in words_at_google(pair)
    assert [event["id"] for event in pair.events(PATIENT)] == [own.patient_event_id]
    assert retention.erase_messages(now=clock.now()) == 1
    of_child = OutgoingMessage.objects.exclude(stream__contains=own.patient_event_id)
    of_child = of_child.exclude(stream__contains=own.doctor_event_id).filter(channel="GOOGLE")
    assert of_child.exists()
    assert [message.stream for message in of_child if "Canarychild" in str(message.data)] == []
    assert done.streams


def past_of_the_guardian(pair: Pair) -> Booking:
    slot = make_slot(pair.doctor, starts_at=clock.now() - timedelta(days=9))
    before = slot.starts_at - timedelta(days=1)
    return book(slot_id=slot.pk, patient_ref=PatientRef.of(pair.patient), by=pair.patient.user, now=before)


def test_what_was_moved_is_asked_for_once_and_nobody_is_named(pair: Pair) -> None:
    child = make_person(pair.patient, full_name="Kit Canarychild")
    old = past(pair, child)
    later = make_slot(pair.doctor, starts_at=clock.now() - timedelta(days=6))
    at = old.starts_at - timedelta(hours=12)
    move(booking=old, to_slot_id=later.pk, by=StaffFactory(), now=at)
    deliver()
    before = set(OutgoingMessage.objects.values_list("pk", flat=True))

    erased(DataSubject(patient=PatientProfile.objects.get(pk=child.pk)))

    written: list[Any] = list(OutgoingMessage.objects.exclude(pk__in=before).filter(channel="GOOGLE"))
    assert [message.action for message in written] == ["EVENT_DELETE", "EVENT_DELETE"]
    assert "Canarychild" not in str([message.data for message in written])


def test_messages_of_a_dependent_are_those_to_the_calendar_of_their_guardian_too(pair: Pair) -> None:
    child = make_person(pair.patient, full_name="Kit Canarychild")
    booking = past(pair, child)
    streams = messages_of(DataSubject(patient=child)).values_list("stream", flat=True)
    assert f"google:{pair.patient.user_id}:{booking.patient_event_id}" in set(streams)
