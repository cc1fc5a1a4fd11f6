"""Treatment records in a copy of one's data, and at an erasure (F2, H3)."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client

from accounts.choices import StaffRole
from accounts.models import User
from accounts.services import Erased
from accounts.tests.factories import PASSWORD, make_staff
from audit.choices import Kind
from audit.models import Entry
from bookings.models import Booking
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.services.steps import check_in
from clinical.content import RecordContent
from clinical.models import EmergencyAccess, RecordDraft, TreatmentRecordVersion
from clinical.services.drafts import save_draft
from clinical.services.sign import sign
from core import clock
from core.clock import start_of_day
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor, make_slot
from exports import services as exports
from exports.models import Export
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person
from privacy import erasure_page, retention
from privacy.data_subjects import DataSubject, myself
from privacy.erasing import erase, erasure_preview
from privacy.erasure_allowed import erasure_allowed
from privacy.models import Erasure
from privacy.record_files import log_records_read
from privacy.tests.people import KEPT, close, full_patient
from privacy.tests.records import make_emergency

pytestmark = pytest.mark.django_db(transaction=True)
FILES = ("fhir.json", "history.csv", "record.pdf")
OWN = "/accounts/data/download/"


def signed_in(user: User) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    return client


def files_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as box:
        return {name: box.read(name) for name in box.namelist()}


def readings() -> list[tuple[Any, ...]]:
    rows = Entry.objects.filter(pgh_label=Kind.RECORD_READ).order_by("pgh_id")
    return [
        (row.actor_id, _patient_in(row), row.details["channel"], row.details["capacity"], row.details["records"])
        for row in rows
    ]


def _patient_in(row: Entry) -> str:
    (patient,) = [key for key in row.about if key.startswith("patients.patientprofile:")]
    return patient


def of(patient: PatientProfile) -> str:
    return f"patients.patientprofile:{patient.pk}"


def child_with_record(guardian: PatientProfile) -> PatientProfile:
    child = make_person(guardian, full_name="Kit Child")
    past = clock.now() - timedelta(days=3)
    doctor = make_doctor(confirms_automatically=True)
    slot, before = make_slot(doctor, starts_at=past), past - timedelta(days=1)
    visit = book(slot_id=slot.pk, patient_ref=PatientRef.of(child), by=make_staff(StaffRole.ADMINISTRATOR), now=before)
    check_in(booking=visit, by=doctor.user, now=past)
    sign(booking=visit, content=RecordContent(diagnosis="childrecord"), based_on=0, by=doctor.user, now=past)
    return child


# In one's own copy


def test_a_patients_own_copy_has_their_record_and_leaves_a_row(zuleika: PatientProfile) -> None:
    answer = signed_in(zuleika.user).post(OWN)

    files = files_of(answer.content)
    assert sorted(files) == ["data.html", "data.json", *(f"record/{name}" for name in FILES)]
    assert KEPT["record"] in files["record/history.csv"].decode()
    assert KEPT["record"] in json.dumps(json.loads(files["record/fhir.json"]))
    assert files["record/record.pdf"].startswith(b"%PDF-")
    assert 'href="record/record.pdf"' in files["data.html"].decode()
    assert readings() == [(zuleika.user_id, of(zuleika), "archive", "patient", 1)]


def test_those_they_care_for_have_a_folder_of_their_own(zuleika: PatientProfile) -> None:
    child = child_with_record(zuleika)

    files = files_of(signed_in(zuleika.user).post(OWN).content)

    assert {f"record-2/{name}" for name in FILES} <= set(files)
    assert "childrecord" in files["record-2/history.csv"].decode()
    assert "childrecord" not in files["record/history.csv"].decode()
    assert readings() == [
        (zuleika.user_id, of(zuleika), "archive", "patient", 1),
        (zuleika.user_id, of(child), "archive", "guardian", 1),
    ]


@pytest.mark.parametrize("make", [make_patient, make_doctor])
def test_who_has_no_record_gets_no_folder_and_leaves_no_row(make: Any) -> None:
    answer = signed_in(make().user).post(OWN)

    assert sorted(files_of(answer.content)) == ["data.html", "data.json"]
    assert readings() == []


def test_a_doctors_own_copy_has_nothing_of_what_they_wrote_of_patients() -> None:
    doctor = make_doctor()
    full_patient(doctor)

    files = files_of(signed_in(doctor.user).post(OWN).content)

    assert sorted(files) == ["data.html", "data.json"]
    assert "Treatment records signed as a doctor" in files["data.json"].decode()
    assert KEPT["record"] not in files["data.json"].decode()


def test_staff_hand_out_no_record_for_they_may_read_none(zuleika: PatientProfile) -> None:
    boss = make_staff(StaffRole.ADMINISTRATOR)
    client = signed_in(boss)

    answer = client.post(f"/staff/people/patients/{zuleika.pk}/data/export/")

    files = files_of(answer.content)
    assert sorted(files) == ["data.html", "data.json"]
    text = files["data.json"].decode()
    assert KEPT["notes"] in text
    assert KEPT["record"] not in text
    assert readings() == []
    assert "isn’t in it" in client.get(f"/staff/people/patients/{zuleika.pk}/data/").content.decode()


def test_without_its_row_no_copy_is_given(zuleika: PatientProfile, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise DatabaseError("no trail")

    client = signed_in(zuleika.user)
    monkeypatch.setattr("clinical.read_trail.record", fail)
    client.raise_request_exception = False

    answer = client.post(OWN)

    assert answer.status_code >= 500
    assert KEPT["record"].encode() not in answer.content


# Made by a worker


def make(export: Export) -> None:
    claimed = exports.claim(export.pk, now=clock.now())
    assert claimed is not None
    assert exports.run(claimed)


def test_a_copy_made_by_a_worker_has_the_record_and_each_download_leaves_a_row(
    zuleika: PatientProfile, settings: Any
) -> None:
    settings.EXPORT_IN_BACKGROUND_FROM = 1
    child = child_with_record(zuleika)
    client = signed_in(zuleika.user)
    client.post(OWN)
    made = Export.objects.get()
    make(made)
    assert readings() == [], "nobody has read anything yet"

    files = files_of(client.get(f"/exports/{made.pk}/download/").content)

    assert {f"record/{name}" for name in FILES} | {f"record-2/{name}" for name in FILES} <= set(files)
    assert readings() == [
        (zuleika.user_id, of(zuleika), "archive", "patient", 1),
        (zuleika.user_id, of(child), "archive", "guardian", 1),
    ]


def test_a_copy_with_a_child_who_was_taken_off_the_family_since_is_given_to_nobody(zuleika: PatientProfile) -> None:
    child = child_with_record(zuleika)
    client = signed_in(zuleika.user)
    made = exports.request_export(owner=zuleika.user, kind="personal_data", now=clock.now())
    make(made)
    PatientProfile.objects.filter(pk=child.pk).update(removed_at=clock.now())

    refused = client.get(f"/exports/{made.pk}/download/")
    page = client.get(f"/exports/{made.pk}/").content.decode()

    assert refused.status_code == 410
    assert "This file is out of date." in refused.content.decode()
    assert b"Kit Child" not in refused.content
    assert "Make it again" in page
    assert "Download (" not in page
    assert readings() == []
    client.post(f"/exports/{made.pk}/again/")
    new = Export.objects.exclude(pk=made.pk).get()
    make(new)
    files = files_of(client.get(f"/exports/{new.pk}/download/").content)
    assert {f"record/{name}" for name in FILES} <= set(files)
    assert not any(name.startswith("record-2") or b"childrecord" in content for name, content in files.items())
    assert readings() == [(zuleika.user_id, of(zuleika), "archive", "patient", 1)]


def test_who_is_taken_off_the_family_at_the_moment_of_the_download_has_a_row(zuleika: PatientProfile) -> None:
    child, asked = child_with_record(zuleika), clock.now()
    PatientProfile.objects.filter(pk=child.pk).update(removed_at=clock.now())

    log_records_read(zuleika.user, myself(zuleika.user), now=clock.now(), made_since=asked)

    assert readings() == [
        (zuleika.user_id, of(zuleika), "archive", "patient", 1),
        (zuleika.user_id, of(child), "archive", "guardian", 0),
    ]


def test_staff_get_no_record_by_that_road_either(zuleika: PatientProfile) -> None:
    boss = make_staff(StaffRole.ADMINISTRATOR)
    asked = exports.request_export(owner=boss, subject=zuleika, kind="personal_data", now=clock.now())
    make(asked)

    files = files_of(signed_in(boss).get(f"/exports/{asked.pk}/download/").content)

    assert sorted(files) == ["data.html", "data.json"]
    assert KEPT["record"] not in files["data.json"].decode()
    assert readings() == []


# Erased


def draft_of(patient: PatientProfile) -> RecordDraft:
    booking = Booking.objects.get(patient=patient, treatment_record__isnull=False)
    return save_draft(
        booking=booking, typed={"notes": "half"}, based_on=1, revision=0, by=booking.doctor.user, now=clock.now()
    )


def erased(patient: PatientProfile, boss: User) -> Erasure:
    close(patient, boss)
    return erase(person=myself(patient.user), reason="Asked by letter", by=boss, now=clock.now())


def test_drafts_go_at_once_and_what_is_signed_when_it_is_due(zuleika: PatientProfile, boss: User) -> None:
    draft_of(zuleika)
    make_emergency(zuleika, "Unconscious on arrival")
    done = erased(zuleika, boss)

    assert not RecordDraft.objects.exists()
    assert TreatmentRecordVersion.objects.get().diagnosis == KEPT["record"]
    assert EmergencyAccess.objects.get().words == "Unconscious on arrival"

    assert done.record_due is not None
    assert retention.erase_what_is_due(now=start_of_day(done.record_due)) == 1
    version = TreatmentRecordVersion.objects.get()
    assert version.content == RecordContent(diagnosis="")
    assert (version.number, version.reason, version.diagnosis_code) == (1, "", None)
    assert EmergencyAccess.objects.get().words == ""


def test_drafts_of_a_doctor_go_with_the_doctor_and_records_stay(boss: User) -> None:
    doctor = make_doctor()
    draft_of(full_patient(doctor))
    User.objects.filter(pk=doctor.user_id).update(is_active=False)
    Booking.objects.upcoming(clock.now()).filter(doctor=doctor).update(
        status="CANCELLED", cancelled_at=clock.now(), cancelled_by=boss
    )

    erase(person=myself(DoctorProfile.objects.get(pk=doctor.pk).user), reason="Asked", by=boss, now=clock.now())

    assert not RecordDraft.objects.exists()
    assert TreatmentRecordVersion.objects.get().diagnosis == KEPT["record"]


def test_nothing_more_is_written_in_the_record_of_who_is_erased(zuleika: PatientProfile, boss: User) -> None:
    erased(zuleika, boss)
    booking = Booking.objects.get(patient=zuleika, treatment_record__isnull=False)
    by, now = booking.doctor.user, clock.now()

    with pytest.raises(Erased):
        save_draft(booking=booking, typed={"notes": "more"}, based_on=1, revision=0, by=by, now=now)
    with pytest.raises(Erased):
        sign(booking=booking, content=RecordContent(diagnosis="More"), based_on=1, reason="Later", by=by, now=now)


@pytest.mark.parametrize("words", ["Something else", ""])
def test_why_an_emergency_was_one_is_not_typed_over(zuleika: PatientProfile, words: str) -> None:
    make_emergency(zuleika, "Unconscious on arrival")

    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        EmergencyAccess.objects.update(words=words)
    with pytest.raises(IntegrityError), transaction.atomic(), erasure_allowed():
        EmergencyAccess.objects.update(words="Something else")


# What the page says of it


def test_the_page_says_how_many_records_are_kept_and_until_when(zuleika: PatientProfile, boss: User) -> None:
    close(zuleika, boss)
    person, now = myself(User.objects.get(pk=zuleika.user_id)), clock.now()
    ahead = erasure_preview(person, now)

    stays = erasure_page.stays(person, ahead, 8)
    goes = erasure_page.goes(person, ahead)

    assert ahead.records == 1
    (said,) = [line for line in stays if "treatment record" in line]
    assert said.startswith("1 treatment record, as signed, under a pseudonym: kept until ")
    assert "Drafts of treatment records that aren’t signed" in goes
    assert [line for line in goes if line.startswith("What ")] == []


def test_when_nothing_need_be_kept_it_says_that_records_go(zuleika: PatientProfile, settings: Any) -> None:
    settings.RECORD_RETENTION_YEARS = 0
    person = myself(zuleika.user)
    ahead = erasure_preview(person, clock.now())

    assert "What 1 treatment record says, with its earlier versions" in erasure_page.goes(person, ahead)
    assert [line for line in erasure_page.stays(person, ahead, 0) if "treatment record" in line] == []


def test_of_who_has_no_record_it_says_nothing() -> None:
    person = DataSubject(patient=make_patient())
    ahead = erasure_preview(person, clock.now())

    assert ahead.records == 0
    said = [*erasure_page.goes(person, ahead), *erasure_page.stays(person, ahead, 8)]
    assert len(said) > 3
    assert [line for line in said if "treatment record" in line] == []
