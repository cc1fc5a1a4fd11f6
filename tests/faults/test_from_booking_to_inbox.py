"""With nothing configured: page, outbox, Celery's folders, worker, the real function, a mail server (D1–D3, D6)."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from bookings.models import Booking
from doctors.models import Slot
from doctors.tests.factories import make_doctor
from integrations.choices import MessageStatus
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.tests.factories import make_patient
from tests.concurrency.support.steps import diary
from tests.faults.support.mail_system import PostOffice, mail_system
from tests.faults.support.processes import wait_until
from tests.faults.support.worker import running

logger = logging.getLogger(__name__)
pytestmark = pytest.mark.django_db(transaction=True)


def test_both_have_their_mail_after_the_click(folders: None, settings: Any, tmp_path: Path) -> None:
    patient, doctor = make_patient(), make_doctor(confirms_automatically=True)
    slots = diary(doctor, 3)
    with mail_system(tmp_path) as office, running(tmp_path, per_second=20):
        _wait_for_quiet()
        waits = [_click_to_inboxes(office, patient, slot) for slot in slots]
        _cancels(patient)
        wait_until(lambda: _method(office, patient) == "CANCEL", what="the cancellation arrived")
        _wait_for_quiet()

    logger.info("from the click to both inboxes: %s", [f"{seconds:.2f} s" for seconds in waits])
    assert not OutgoingMessage.objects.exclude(status=MessageStatus.SENT).exists()
    assert len(office.arrived) == OutgoingMessage.objects.count()


def _wait_for_quiet() -> None:
    wait_until(lambda: not OutgoingMessage.objects.open().exists(), what="nothing waits any more")


def _click_to_inboxes(office: PostOffice, patient: PatientProfile, slot: Slot) -> float:
    addresses = (patient.user.email, slot.doctor.user.email)
    before = [len(office.mail_for(address)) for address in addresses]
    began = time.monotonic()
    browser = Client()
    browser.force_login(patient.user)
    answer = browser.post(f"{reverse('bookings:new')}?slot={slot.pk}", {"idempotency_key": str(slot.pk)})
    assert answer.status_code == 302
    wait_until(
        lambda: [len(office.mail_for(address)) for address in addresses] == [count + 1 for count in before],
        what="one more mail in both inboxes",
    )
    return max(at for at, *_ in office.arrived) - began


def _cancels(patient: PatientProfile) -> None:
    browser = Client()
    browser.force_login(patient.user)
    booking = Booking.objects.order_by("pk").last()
    assert booking is not None
    assert browser.post(reverse("bookings:cancel", args=[booking.reference])).status_code == 302


def _method(office: PostOffice, patient: PatientProfile) -> str:
    """What the newest mail tells the patient's calendar to do."""
    mail = office.mail_for(patient.user.email)[-1]
    (attached,) = mail.iter_attachments()
    return str(Calendar.from_ical(attached.get_payload(decode=True))["method"])


def test_what_is_refused_for_ever_is_shown_as_failed_and_holds_nothing_else_up(
    folders: None, settings: Any, tmp_path: Path
) -> None:
    lost, fine = make_patient(), make_patient()
    doctor = make_doctor()
    one, other = diary(doctor, 2)
    with mail_system(tmp_path) as office:
        office.refuses.add(lost.user.email)
        with running(tmp_path):
            _wait_for_quiet()
            _click_to_doctor(office, lost, one)
            _wait_for_quiet()
            _click_to_inboxes(office, fine, other)

            _wait_for_quiet()

    failed = OutgoingMessage.objects.filter(status=MessageStatus.FAILED)
    assert {message.data["to"]["email"] for message in failed} == {lost.user.email}
    assert {(message.attempts, message.last_error) for message in failed} == {
        (1, "the e-mail function refused it for ever (422)")
    }
    assert OutgoingMessage.objects.filter(status=MessageStatus.SENT).count() == len(office.arrived)


def _click_to_doctor(office: PostOffice, patient: PatientProfile, slot: Slot) -> None:
    """The doctor's mail is behind the patient's in one stream: it must get past it."""
    browser = Client()
    browser.force_login(patient.user)
    answer = browser.post(f"{reverse('bookings:new')}?slot={slot.pk}", {"idempotency_key": str(slot.pk)})
    assert answer.status_code == 302
    name = patient.user.full_name
    wait_until(
        lambda: any(name in str(mail) for mail in office.mail_for(slot.doctor.user.email)), what="the doctor is told"
    )
