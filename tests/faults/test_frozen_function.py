"""One vendor hangs, or one mailbox takes nothing: nobody and nothing else waits for it.

The function stays frozen, and the mailbox full, until everything else is done: what waited for it would wait for ever.
How long it took is logged, and judged by nobody: machines differ.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from bookings.choices import HoldState
from bookings.models import Hold
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.tests.factories import make_held, make_waiting
from core import clock
from doctors.tests.factories import make_doctor, make_slot
from integrations.choices import Channel
from integrations.google_calendar.fake import FakeGoogle
from integrations.models import ChannelState, OutgoingMessage
from integrations.tests.factories import make_message
from integrations.tests.google import google
from patients.tests.factories import make_patient
from tests.calendars.people import DOCTOR, connected_pair
from tests.faults.conftest import UseBroker
from tests.faults.support import processes
from tests.faults.support.mail_system import mail_system
from tests.faults.support.processes import wait_until
from tests.faults.support.redis_server import RedisServer, redis_server
from tests.faults.support.worker import environment_of_workers, running
from tools.demo import WORKERS

__all__ = ["google"]

logger = logging.getLogger(__name__)
pytestmark = pytest.mark.django_db(transaction=True)
MESSAGES = 500


@contextmanager
def all_workers(folder: Path, google: FakeGoogle) -> Iterator[None]:
    """As production runs them: one for each queue, and beat."""
    environment = environment_of_workers("tests.faults.support.frozen_settings", per_second=1_000) | google.settings
    with ExitStack() as stack:
        for name, arguments in WORKERS.items():
            log = folder / f"{name.replace(' ', '-')}.log"
            process = processes.start([sys.executable, *arguments.split()], log=log, environment=environment)
            stack.callback(processes.kill, process)
        yield


def mail_function_hangs() -> bool:
    return ChannelState.objects.filter(channel=Channel.EMAIL, failing_since__isnull=False).exists()


def staff_page() -> str:
    manager = Client()
    manager.force_login(make_staff(StaffRole.MANAGER))
    answer = manager.get(reverse("dashboards:staff"))
    assert answer.status_code == 200
    return str(answer.content.decode())


def waiting_jobs(server: RedisServer) -> dict[str, int]:
    with redis.Redis(port=server.port) as client:
        return {queue: int(client.llen(queue)) for queue in ("clockwork", "mail", "calendars", "exports")}


def test_with_the_mail_function_frozen_everything_else_goes_on_and_staff_see_it(
    use_broker: UseBroker, google: FakeGoogle, settings: Any, tmp_path: Path
) -> None:
    pair = connected_pair(google)
    doctor, first, second = make_doctor(confirms_automatically=True), make_patient(), make_patient()
    with redis_server(tmp_path) as server, mail_system(tmp_path) as office:
        use_broker(server.url)
        with office.frozen(), all_workers(tmp_path, google):
            for _ in range(MESSAGES):
                make_message()  # each wakes a worker, as each booking does
            wait_until(mail_function_hangs, what="the function is found to hang")

            slot, an_hour_ago = make_slot(doctor, days=3), timezone.now() - timedelta(hours=1)
            make_held(first, slot, now=an_hour_ago, minutes=30)
            make_waiting(patient=second, doctor=doctor, now=an_hour_ago)
            passed_on = wait_until(
                lambda: Hold.objects.filter(slot=slot, patient=second, state=HoldState.OPEN).exists(),
                what="a lapsed hold is passed on",
            )
            pair.book()
            shown = wait_until(lambda: pair.events(DOCTOR), what="Google has the event")
            wait_until(
                lambda: "The e-mail service hasn’t answered since" in staff_page(),
                what="staff see which channel is behind",
            )
            assert "Google Calendar hasn’t answered" not in staff_page()
            assert not OutgoingMessage.objects.open().filter(channel=Channel.GOOGLE).exists()
            logger.info("frozen: passed on after %.1f s, shown at Google after %.1f s", passed_on, shown)
            logger.info("waiting jobs: %s", waiting_jobs(server))
            assert max(waiting_jobs(server).values()) < 100

        with all_workers(tmp_path, google):
            back = wait_until(lambda: office.arrived, what="mail goes out again")
            wait_until(lambda: not mail_function_hangs(), what="the function is found to answer")
            logger.info("first mail %.1f s after the function was back", back)


def test_the_doctor_of_a_patient_whose_mailbox_is_full_hears_meanwhile(
    folders: None, settings: Any, tmp_path: Path
) -> None:
    patient, doctor = make_patient(), make_doctor(confirms_automatically=True)
    with mail_system(tmp_path) as office, running(tmp_path, per_second=20):
        office.postpones.add(patient.user.email)
        booking = book(
            slot_id=make_slot(doctor, days=3).pk, patient_ref=PatientRef.of(patient), by=patient.user, now=clock.now()
        )
        cancel(booking=booking, by=patient.user, now=clock.now())
        wait_until(lambda: len(office.mail_for(doctor.user.email)) == 2, what="the doctor has both mails")
        assert office.mail_for(patient.user.email) == []

        office.postpones.clear()
        wait_until(lambda: len(office.mail_for(patient.user.email)) == 2, what="the patient has both in the end")
