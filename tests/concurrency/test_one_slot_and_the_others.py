"""Many want a time that can't be decided: half of the web server's threads wait for it, the others serve (C3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from http import HTTPStatus
from itertools import islice
from pathlib import Path

import requests
from django.db import connection

from bookings.models import Booking
from doctors.models import Slot
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from tests.concurrency.support import invariants
from tests.concurrency.support.crowd import PATIENCE
from tests.concurrency.support.steps import diary
from tests.concurrency.test_rivals_on_the_page import browser_of, presses_confirm
from tests.web_server import web_server

SETTINGS = "tests.concurrency.slow_lock_settings"
THREADS = 6  # not what the code takes for granted
FOUND, CONFLICT, UNAVAILABLE = HTTPStatus.FOUND, HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE


@contextmanager
def locked(slot: Slot) -> Iterator[None]:
    """Somebody else's transaction has the time, and takes long."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT FROM doctors_slot WHERE id = %s FOR NO KEY UPDATE", [slot.pk])
        yield
    finally:
        other.close()


def test_while_one_time_is_locked_other_times_and_pages_are_served(
    patients: list[PatientProfile], tmp_path: Path
) -> None:
    wanted, other = diary(make_doctor(), 2)
    reader, *browsers = [browser_of(patient) for patient in patients[: 2 * THREADS + 1]]
    with (
        web_server(tmp_path, threads=THREADS, settings=SETTINGS) as site,
        ThreadPoolExecutor(len(browsers)) as pool,
    ):
        with locked(wanted):
            rivals = [pool.submit(presses_confirm(browser, site, wanted)) for browser in browsers]
            sent_away = first_done(rivals, len(browsers) - THREADS // 2)

            assert {page.status_code for page in sent_away} == {UNAVAILABLE}
            assert all(page.headers["Retry-After"] and "I take aspirin" in page.text for page in sent_away)
            # As many as wait now; whoever waited for a thread, or for a lock, would wait for ever.
            assert reader.get(f"{site}/doctors/", timeout=PATIENCE).status_code == HTTPStatus.OK
            assert presses_confirm(reader, site, other)().status_code == FOUND
            assert sum(not rival.done() for rival in rivals) == THREADS // 2
        answers = [rival.result(PATIENCE).status_code for rival in rivals]

    assert Counter(answers) == {UNAVAILABLE: len(sent_away), FOUND: 1, CONFLICT: THREADS // 2 - 1}
    assert sorted(Booking.objects.values_list("slot_id", flat=True)) == sorted([wanted.pk, other.pk])
    assert invariants.broken() == {}


def first_done(rivals: list[Future[requests.Response]], many: int) -> list[requests.Response]:
    return [rival.result() for rival in islice(as_completed(rivals, PATIENCE), many)]
