"""What a record says is nowhere but in the record: no log, mail, address, calendar, message, trail or error page."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from audit.models import Entry
from bookings.models import Booking
from bookings.services.steps import complete
from bookings.tests.conftest import NOW
from bookings.tests.people import browser_of, hidden, text_of
from clinical.content import RecordContent
from clinical.documents import pdf
from clinical.links import history_url, own_records_url, pdf_url, record_url, send_url
from clinical.models import RecordDraft, TreatmentRecordVersion
from clinical.tests.factories import make_record, make_visit
from clinical.tests.test_writing import form_of, medicine
from clinical.visit import views
from core.pdf.errors import PdfError
from integrations.email_gateway.client import body_of
from integrations.models import OutgoingMessage

pytestmark = pytest.mark.django_db(transaction=True)

CANARIES = ("canarydiagnosis", "canarynote", "canarymedicine", "canaryinstruction", "canaryreason", "canaryjunk")
TYPED = {
    "diagnosis": "canarydiagnosis",
    "notes": "canarynote",
    "instructions": "canaryinstruction",
    **medicine(name="canarymedicine", dose="5.0 mg"),
}


def said(*texts: object) -> list[str]:
    together = "\n".join(map(str, texts))
    return [word for word in CANARIES if word in together]


def written_and_amended(browser: Client, booking: Booking) -> list[Any]:
    """All that a doctor does with a record, its mistakes included; the answers."""
    url = record_url(booking)
    form = form_of(browser, booking) | TYPED
    answers = [
        browser.post(url, {**form, "act": "autosave"}),
        browser.post(url, {**form, "act": "autosave"}),  # with an old revision: refused
        browser.post(url, {**form, "act": "sign", "medicine0_dose": "", "coding": "canaryjunk", "revision": "1"}),
        browser.post(url, {**form, "act": "sign", "revision": "7"}),  # as from another tab
    ]
    page = browser.post(url, {**form, "act": "sign", "revision": "1"})
    seen = hidden(page, "seen_warnings")
    answers += [page, browser.post(url, {**form, "act": "sign", "revision": "1", "seen_warnings": seen})]
    amendment = {**form, "based_on": "1", "revision": "0", "reason": "canaryreason", "seen_warnings": seen}
    return [*answers, browser.post(f"{url}?amend=1", {**amendment, "act": "sign"})]


def test_what_a_record_says_stays_in_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(logging.INFO)  # debug alone prints statements, never in production
    booking = make_visit()
    doctor, patient = browser_of(booking.doctor.user), browser_of(booking.patient.user)

    answers = written_and_amended(doctor, booking)
    assert TreatmentRecordVersion.objects.count() == 2
    record = TreatmentRecordVersion.objects.latest("number").record
    key = hidden(patient.get(send_url(record)), "key")
    answers += [
        patient.post(send_url(record), {"key": key}),
        *(patient.get(url) for url in (record_url(booking), own_records_url(booking.patient), pdf_url(record))),
        doctor.get(history_url(booking.patient)),
    ]
    complete(booking=booking, by=booking.doctor.user, now=NOW)

    # The words are where they should be, so that they would be found elsewhere
    assert said(text_of(patient.get(record_url(booking)))) == list(CANARIES[:5])
    assert said(caplog.text, *(record.__dict__ for record in caplog.records)) == []
    assert said(*(answer.get("Location", "") for answer in answers), *(answer.headers for answer in answers)) == []
    messages = list(OutgoingMessage.objects.all())
    assert {message.action for message in messages} >= {"MEDICAL_RECORD", "BOOKING_CONFIRMATION"}
    assert said(*(message.data for message in messages)) == []
    [mail] = [message for message in messages if message.action == "MEDICAL_RECORD"]
    posted = json.loads(body_of(mail))["data"]
    assert said({name: value for name, value in posted.items() if name != "attachment"}) == []
    assert Entry.objects.filter(pgh_label="record_read").count() > 5
    assert said(*Entry.objects.values_list()) == []
    assert said(*every_other_table()) == []


def every_other_table() -> list[str]:
    """All rows of the database but those of the record itself."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor)) - {TreatmentRecordVersion._meta.db_table}
        assert RecordDraft._meta.db_table in tables  # signed: nothing of the draft is left
        assert len(tables) > 40
        rows = []
        for table in sorted(tables):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += map(str, cursor.fetchall())
    return rows


@pytest.mark.parametrize("fault", [ValueError("canarynote"), PdfError("no place")])
def test_a_page_that_fails_shows_and_logs_nothing_of_it(
    fault: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    booking = make_visit()
    version = make_record(booking, RecordContent(diagnosis="canarydiagnosis"))
    browser = browser_of(booking.patient.user)
    browser.raise_request_exception = False

    def fail(*args: object, **facts: object) -> None:
        raise fault

    monkeypatch.setattr(views, "read_page", fail)
    monkeypatch.setattr(pdf, "make_pdf", fail)

    pages = [browser.get(address) for address in (record_url(booking), pdf_url(version.record))]

    assert [page.status_code for page in pages] == [500, 500]
    assert said(*map(text_of, pages)) == []
    assert said(*(line.getMessage() for line in caplog.records)) == []
