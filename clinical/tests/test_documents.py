"""A record as a file: the PDF, and the mail that brings it (F3)."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import ObjectDoesNotExist

from accounts.models import User
from bookings.models import Booking
from bookings.tests.conftest import NOW
from bookings.tests.people import browser_of, hidden, shown, text_of
from clinical.documents.mails import data_of_record
from clinical.documents.pdf import history_pdf, record_pdf
from clinical.links import pdf_url, record_url, send_url
from clinical.models import TreatmentRecord, TreatmentRecordVersion
from clinical.tests.factories import AMOXICILLIN, ASTHMA, amend, make_record, make_visit, readings
from clinical.tests.test_pages import make_visit_of
from integrations.email_gateway.client import body_of
from integrations.errors import NoLongerNeeded
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db(transaction=True)
CANARY = "Xylophone fever"


def test_the_pdf_is_downloaded_and_leaves_one_row() -> None:
    version = make_record()
    booking = Booking.objects.get()

    response = browser_of(booking.patient.user).get(pdf_url(version.record))

    assert response.content.startswith(b"%PDF-")
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'attachment; filename="medical-record-2026-08-05.pdf"'
    assert "no-store" in response["Cache-Control"]
    assert [row.details for row in readings()] == [
        {"channel": "pdf", "capacity": "patient", "records": 1, "version": 1}
    ]


def test_asking_for_the_headers_of_a_pdf_is_no_reading_of_it() -> None:
    version = make_record()

    answer = browser_of(Booking.objects.get().patient.user).head(pdf_url(version.record))

    assert answer.status_code == 405
    assert readings() == []


def test_an_earlier_version_is_another_file() -> None:
    first = make_record()
    amend(first, replace(ASTHMA, diagnosis="Bronchitis"))
    browser = browser_of(Booking.objects.get().patient.user)

    files = [browser.get(pdf_url(first.record, number)).content for number in (1, 2)]

    assert len(set(files)) == 2
    assert browser.get(pdf_url(first.record)).content == files[1]
    assert browser.get(pdf_url(first.record, 3)).status_code == 404


def test_a_record_in_many_scripts_is_made() -> None:
    patient = make_patient(full_name="प्रिया शर्मा")
    medicine = replace(AMOXICILLIN, name="อะม็อกซีซิลลิน", instructions="بعد الأكل\n飯後服用", allergy_reason="Ναι")
    content = replace(ASTHMA, notes="ضغط الدم 120/80\nדופק 70\n患者情况稳定\nแข็งแรงดี 🙂", medications=(medicine,))
    version = make_record(make_visit(patient=patient), content)
    record = TreatmentRecord.objects.get()

    one = record_pdf(record, version)

    assert one == record_pdf(record, version)
    assert history_pdf([record] * 3).startswith(b"%PDF-")


@pytest.mark.parametrize("signs", ["\u0301", "a\n"])
def test_the_largest_record_of_the_oddest_signs_is_made(signs: str) -> None:
    instructions = (signs * 1_000)[:1_000]
    medicine = replace(AMOXICILLIN, name=signs.strip() * 200, instructions=instructions)
    content = replace(
        ASTHMA,
        diagnosis=signs * (1_000 // len(signs)),
        notes=signs * (20_000 // len(signs)),
        instructions=signs * (4_000 // len(signs)),
        medications=(medicine,) * 30,
    )

    version = make_record(make_visit(), content)
    pdf = record_pdf(TreatmentRecord.objects.get(), version)

    assert 0 < pdf.count(b"/Type/Page/") < 300  # without a bound on lines 500
    assert len(pdf) < 4_000_000  # without one on marks 13 million


# By mail


def asked_for(version: TreatmentRecordVersion, user: User | None = None) -> Any:
    booking = Booking.objects.get(treatment_record=version.record)
    browser = browser_of(user or booking.patient.user)
    key = hidden(browser.get(send_url(version.record)), "key")
    return browser, browser.post(send_url(version.record), {"key": key}), key


def test_it_is_mailed_once_and_the_outbox_holds_nothing_of_it() -> None:
    version = make_record(make_visit(), replace(ASTHMA, diagnosis=CANARY))

    browser, response, key = asked_for(version)
    browser.post(send_url(version.record), {"key": key})

    assert response["Location"] == record_url(Booking.objects.get())
    [message] = OutgoingMessage.objects.filter(action="MEDICAL_RECORD")
    assert CANARY not in json.dumps(message.data)
    assert "attachment" not in message.data
    assert [row.details["channel"] for row in readings()] == ["mail"]
    posted = json.loads(body_of(message))["data"]
    assert base64.b64decode(posted["attachment"]["base64"]).startswith(b"%PDF-")
    assert CANARY not in json.dumps({name: said for name, said in posted.items() if name != "attachment"})


def test_a_mailbox_is_not_flooded_with_a_record() -> None:
    version = make_record()
    other = make_record(make_visit(patient=Booking.objects.get().patient, days=-3))
    for _ in range(5):
        asked_for(version)
    sent = OutgoingMessage.objects.filter(action="MEDICAL_RECORD")
    assert sent.count() == 5

    browser, response, _key = asked_for(version)

    told = text_of(browser.get(response["Location"]))
    assert shown("This record has been e-mailed several times today.") in told
    assert sent.count() == 5
    asked_for(other)  # each record and each account has its own
    asked_for(version, Booking.objects.get(treatment_record=version.record).doctor.user)
    assert sent.count() == 7


def test_a_link_instead_where_the_hospital_wants_it(settings: Any) -> None:
    settings.MAIL_RECORDS_AS_PDF = False
    version = make_record()
    asked_for(version)

    posted = json.loads(body_of(OutgoingMessage.objects.get(action="MEDICAL_RECORD")))["data"]

    assert "attachment" not in posted
    assert posted["record_url"].endswith(record_url(Booking.objects.get()))


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": "other@example.org"}])
def test_what_goes_nowhere_any_more_is_dropped(change: dict[str, Any]) -> None:
    version = make_record()
    asked_for(version)
    stored = OutgoingMessage.objects.get(action="MEDICAL_RECORD").data
    User.objects.filter(pk=Booking.objects.get().patient.user_id).update(**change)

    with pytest.raises(NoLongerNeeded):
        data_of_record(stored)


def test_nothing_goes_to_a_guardian_who_was_removed() -> None:
    guardian = make_patient()
    person = make_person(guardian)
    version = make_record(make_visit_of(person, guardian))
    asked_for(version, guardian.user)
    stored = OutgoingMessage.objects.get(action="MEDICAL_RECORD").data

    PatientProfile.objects.filter(pk=person.pk).update(removed_at=NOW)

    with pytest.raises(NoLongerNeeded):
        data_of_record(stored)
    page = asked_for(version, Booking.objects.get().doctor.user)[0].get(send_url(version.record))
    assert shown("There’s no confirmed e-mail address to send it to.") in text_of(page)
    assert OutgoingMessage.objects.filter(action="MEDICAL_RECORD").count() == 1


def test_without_a_confirmed_address_nothing_is_sent() -> None:
    version = make_record(make_visit(patient=make_patient()))
    patient = Booking.objects.get().patient
    EmailAddress.objects.filter(user=patient.user).update(verified=False)

    browser, response, _key = asked_for(version, Booking.objects.get().doctor.user)

    assert shown("There’s no confirmed e-mail address to send it to.") in text_of(browser.get(response["Location"]))
    assert not OutgoingMessage.objects.filter(action="MEDICAL_RECORD").exists()
    assert readings()[:-1] == []  # but for the page of the record itself, just looked at


def test_a_version_that_never_was_is_no_mail() -> None:
    with pytest.raises(ObjectDoesNotExist):
        data_of_record({"version": 1, "to": {"email": "x@example.org", "name": ""}})


def test_what_is_too_large_for_the_e_mail_function_goes_as_its_link(monkeypatch: pytest.MonkeyPatch) -> None:
    version = make_record()
    asked_for(version)
    stored = OutgoingMessage.objects.get(action="MEDICAL_RECORD").data
    assert "attachment" in data_of_record(stored)

    monkeypatch.setattr("core.pdf.attachment.LARGEST", 1_000)

    assert "attachment" not in data_of_record(stored)
    assert "record_url" in data_of_record(stored)
