"""The records of the sample hospital (J5): signed by its doctors, in the scripts their patients write, once."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bookings.choices import Status
from bookings.models import Booking
from clinical import selectors
from clinical.content import text_rows
from clinical.medications import writing_warnings
from clinical.models import RecordDraft, TreatmentRecord, TreatmentRecordVersion
from clinical.services.drafts import discard_draft
from clinical.visit.forms import RecordForm
from core.clock import hospital_day
from patients.models import PatientProfile
from sample_data.load import load
from sample_data.record_texts import DRAFT, RECORDS
from sample_data.tests.sample import WEDNESDAY, doctor, everything
from sample_data.visits import VISITS
from tests.shared_rows import shared_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_loaded_on_wednesday")]


@pytest.fixture(scope="module")
def _loaded_on_wednesday(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with shared_rows(django_db_blocker):
        load(now=WEDNESDAY)
        yield


def of(username: str) -> list[TreatmentRecordVersion]:
    found = TreatmentRecordVersion.objects.filter(record__booking__patient__user__username=username)
    return list(found.select_related("record__booking").order_by("signed_at"))


def test_each_text_is_of_a_completed_visit_and_is_signed() -> None:
    completed = {(visit.doctor, visit.patient, visit.day) for visit in VISITS if visit.status == Status.COMPLETED}

    assert len(RECORDS) > 10
    assert set(RECORDS) == completed
    assert TreatmentRecord.objects.count() == len(RECORDS) + 1  # and one that is being written
    versions = TreatmentRecordVersion.objects.select_related("author", "record__booking__doctor")
    assert len(versions) == len(RECORDS) + 1  # one of them twice
    for version in versions:
        booking = version.record.booking
        assert version.author_id == booking.doctor.user_id
        assert booking.ends_at < version.signed_at <= WEDNESDAY


def test_one_is_amended_some_are_coded_and_jane_is_to_come_again() -> None:
    first, _second, third = of("john_doe")
    assert (third.number, third.reason) == (2, "The dose is 2.5 mg to begin with, not 5 mg.")
    assert [line["dose"] for line in third.medications] == ["2.5 mg"]
    assert first.diagnosis_code["code"] == "R55"
    days = [version.follow_up_date for version in of("jane_patient")]
    assert days[-1] > hospital_day(WEDNESDAY)
    assert doctor("dr_brown").is_listed  # she can book it


def test_they_are_written_in_several_scripts() -> None:
    said = "".join(row.text for version in TreatmentRecordVersion.objects.all() for row in text_rows(version.content))
    scripts = {unicodedata.name(letter).split()[0] for letter in said if letter.isalpha()}

    assert scripts >= {"LATIN", "DEVANAGARI", "ARABIC", "CJK", "THAI", "GREEK"}


def test_what_is_written_is_written_as_it_should_be() -> None:
    medications = [line for said in RECORDS.values() for line in (said.amended or said.content).medications]

    assert len(medications) > 10
    assert writing_warnings(medications) == []


def test_dr_smith_is_in_the_middle_of_writing() -> None:
    (draft,) = RecordDraft.objects.select_related("record__booking", "author")
    booking = draft.record.booking

    assert (draft.author.username, booking.status) == ("dr_smith", Status.CHECKED_IN)
    assert hospital_day(booking.starts_at) == hospital_day(WEDNESDAY)
    form = RecordForm(initial=draft.typed)
    assert set(DRAFT) <= set(form.fields)
    assert not selectors.versions_of(draft.record)


def test_a_second_run_writes_nothing() -> None:
    before = everything()

    load(now=WEDNESDAY)

    assert everything() == before
    assert len(before["TreatmentRecordVersion"]) == len(RECORDS) + 1


def test_a_discarded_draft_does_not_come_back_that_day_and_on_the_next_there_is_another() -> None:
    draft = RecordDraft.objects.get()
    discard_draft(booking=draft.record.booking, revision=draft.revision, by=draft.author)

    load(now=WEDNESDAY + timedelta(minutes=5))
    assert not RecordDraft.objects.exists()

    load(now=WEDNESDAY + timedelta(days=1))
    assert RecordDraft.objects.get().record.booking != draft.record.booking


def test_patients_read_theirs_and_their_doctor_reads_it() -> None:
    jane = PatientProfile.objects.get(user__username="jane_patient")
    own = selectors.newest_first(selectors.records_visible_to(jane.user, WEDNESDAY), jane)
    read = selectors.newest_first(selectors.records_visible_to(doctor("dr_brown").user, WEDNESDAY), jane)

    assert Booking.objects.filter(patient=jane, treatment_record__isnull=False).count() == 2
    assert list(own) == list(read)
    assert len(own) == 2
