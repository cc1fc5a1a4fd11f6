"""A worker that dies in the middle of a message, and two schedulers at once."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest

from bookings.models import Booking
from bookings.rules import PatientRef
from bookings.services.book import book
from core import clock
from doctors.tests.factories import make_doctor, make_slot
from integrations.choices import MessageStatus
from integrations.email_gateway.fake import FakeEmailFunction
from integrations.models import OutgoingMessage
from integrations.tests.factories import make_message
from patients.tests.factories import make_patient
from tests.faults.support.processes import wait_until
from tests.faults.support.worker import LEASE_SECONDS, Worker, running

logger = logging.getLogger(__name__)
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_message_whose_worker_was_killed_is_taken_over_after_the_lease_under_the_same_id(
    folders: None, function: FakeEmailFunction, tmp_path: Path
) -> None:
    function.mode = "hang"
    message = make_message()
    with running(tmp_path, name="first") as worker:
        wait_until(lambda: function.calls, what="the worker is in the middle of sending")
        worker.kill()
    message.refresh_from_db()
    assert (message.status, message.attempts) == (MessageStatus.SENDING, 1)
    assert not OutgoingMessage.objects.due(clock.now()).exists()  # so nobody else would take it yet

    function.mode = "ok"
    with running(tmp_path, name="second"):
        wait_until(lambda: function.sends, what="the next worker has sent it")
        wait_until(lambda: not OutgoingMessage.objects.open().exists(), what="and written it down")

    first, second = function.calls
    message.refresh_from_db()
    assert (message.status, message.attempts) == (MessageStatus.SENT, 2)
    assert first["headers"]["webhook-id"] == second["headers"]["webhook-id"] == str(message.message_id)
    assert first["body"] == second["body"]
    assert second["at"] - first["at"] > LEASE_SECONDS - 0.5


APPOINTMENTS = 30
TICKS = 4  # of each beat, after everything is out


def test_two_schedulers_remind_of_each_appointment_once(
    folders: None, function: FakeEmailFunction, tmp_path: Path
) -> None:
    references = {booked_for_tomorrow().reference for _ in range(APPOINTMENTS)}
    OutgoingMessage.objects.all().delete()  # the other mails are not what is judged here
    hasty = "tests.faults.support.hasty_settings"
    workers = [Worker(tmp_path, name=name, settings_module=hasty) for name in ("one", "other")]
    try:
        wait_until(lambda: function.sends >= APPOINTMENTS, what="all are reminded")
        so_far = [ticks(worker) for worker in workers]
        wait_until(
            lambda: all(ticks(worker) >= before + TICKS for worker, before in zip(workers, so_far, strict=True)),
            what="both schedulers went on",
        )
        wait_until(lambda: not OutgoingMessage.objects.open().exists(), what="nothing waits any more")
    finally:
        for worker in workers:
            worker.kill()

    told = [json.loads(call["body"])["data"]["booking"]["reference"] for call in function.calls]
    assert sorted(told) == sorted(references)
    assert {message["action"] for message in function.sent.values()} == {"APPOINTMENT_REMINDER"}


def booked_for_tomorrow() -> Booking:
    noon = clock.start_of_day(clock.hospital_day(clock.now()) + timedelta(days=1)) + timedelta(hours=12)
    slot, patient = make_slot(make_doctor(), starts_at=noon), make_patient()
    return book(
        slot_id=slot.pk, patient_ref=PatientRef.of(patient), by=patient.user, now=clock.now() - timedelta(days=2)
    )


def ticks(worker: Worker) -> int:
    """How often its beat has asked for reminders."""
    return worker.log.read_text().count("Sending due task remind of tomorrow")
