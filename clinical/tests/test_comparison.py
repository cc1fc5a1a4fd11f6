"""Every night the answers that showed a record are held against the rows of who read them (F2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from audit.models import Entry
from bookings.models import Booking
from bookings.tests.conftest import NOW
from bookings.tests.people import browser_of, confirmed
from clinical import comparison
from clinical.comparison import compare_reads
from clinical.links import history_url, own_records_url, pdf_url, record_url
from clinical.models import RecordAnswer
from clinical.tests.factories import make_record
from clinical.visit import views
from core.batches import counting_left

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(hours=1)


def test_what_has_its_row_is_forgotten() -> None:
    version = make_record()
    booking = Booking.objects.get()
    patient, doctor = browser_of(booking.patient.user), browser_of(booking.doctor.user)
    for browser, address in (
        (patient, record_url(booking)),
        (patient, own_records_url(booking.patient)),
        (patient, pdf_url(version.record)),
        (doctor, history_url(booking.patient)),
        (doctor, f"{record_url(booking)}?amend=1"),
    ):
        assert browser.get(address).status_code == 200
    assert RecordAnswer.objects.count() == Entry.objects.filter(pgh_label="record_read").count() == 5

    with counting_left() as left:
        assert compare_reads(now=LATER) == 5

    assert (left.count, RecordAnswer.objects.count()) == (0, 0)


def test_a_page_that_forgot_its_row_is_found_out(monkeypatch: Any, caplog: Any) -> None:
    make_record()
    booking = Booking.objects.get()
    monkeypatch.setattr(views, "record_read", lambda *args, **facts: None)
    assert browser_of(booking.patient.user).get(record_url(booking)).status_code == 200

    with counting_left() as left:
        assert compare_reads(now=LATER) == 0

    assert left.count == 1
    assert "ReadingNotWritten" in caplog.text
    assert str(booking.reference) not in caplog.text
    assert RecordAnswer.objects.count() == 1  # told again the next night
    compare_reads(now=NOW + comparison.KEPT + timedelta(days=1))
    assert RecordAnswer.objects.count() == 0


def test_what_was_refused_or_shows_nothing_is_no_answer() -> None:
    make_record()
    booking = Booking.objects.get()
    browser = browser_of(booking.patient.user)

    browser.get(f"{record_url(booking)}?version=9")
    browser.get(own_records_url(booking.patient, "clinical:access"))
    browser.get("/patient/")
    browser_of(booking.doctor.user).post(record_url(booking), {"act": "autosave"})
    early = confirmed(hours=2)
    assert browser_of(early.doctor.user).get(record_url(early)).status_code == 200  # "No record yet"

    assert RecordAnswer.objects.count() == 0


def test_what_is_being_answered_just_now_waits_for_the_next_night() -> None:
    make_record()
    booking = Booking.objects.get()
    browser_of(booking.patient.user).get(record_url(booking))

    assert compare_reads(now=NOW + timedelta(minutes=1)) == 0
    assert RecordAnswer.objects.count() == 1
