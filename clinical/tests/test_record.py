"""Writing, signing and amending, through the services: what is signed stays as it is (F1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, connections, transaction

from bookings.models import Booking
from bookings.tests.conftest import NOW
from bookings.tests.people import booked, confirmed
from clinical.medications import Medication
from clinical.models import RecordDraft, TreatmentRecordVersion
from clinical.rules import (
    AllergyNotExplained,
    DiagnosisMissing,
    InvalidFollowUp,
    NotTheAuthor,
    NotYetAVisit,
    ReasonMissing,
    RecordBusy,
    RecordChanged,
)
from clinical.services.drafts import discard_draft, save_draft
from clinical.services.sign import sign
from clinical.tests.factories import AMOXICILLIN, ASTHMA, amend, make_record, make_visit
from core.errors import DomainError
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db(transaction=True)


def test_signing_makes_version_one_and_the_draft_goes() -> None:
    booking = make_visit()
    save_draft(booking=booking, typed={"notes": "half"}, based_on=0, revision=0, by=booking.doctor.user, now=NOW)

    version = sign(booking=booking, content=ASTHMA, based_on=0, revision=1, by=booking.doctor.user, now=NOW)

    assert (version.number, version.author, version.signed_at, version.reason) == (1, booking.doctor.user, NOW, "")
    assert version.content == ASTHMA
    assert not RecordDraft.objects.exists()


def test_an_amendment_keeps_what_was_before() -> None:
    first = make_record()

    second = amend(first, replace(ASTHMA, diagnosis="Bronchitis"), reason="New findings")

    kept = TreatmentRecordVersion.objects.get(number=1)
    assert (kept.content, second.content.diagnosis, second.reason) == (ASTHMA, "Bronchitis", "New findings")


@pytest.mark.parametrize("reason", ["", "ab", "  a  "])
def test_an_amendment_says_why(reason: str) -> None:
    first = make_record()

    with pytest.raises(ReasonMissing):
        amend(first, ASTHMA, reason=reason)
    assert TreatmentRecordVersion.objects.count() == 1


def test_only_its_doctor_writes_a_record() -> None:
    booking = make_visit()

    for somebody in (make_doctor().user, booking.patient.user):
        with pytest.raises(NotTheAuthor):
            sign(booking=booking, content=ASTHMA, based_on=0, by=somebody, now=NOW)
        with pytest.raises(NotTheAuthor):
            save_draft(booking=booking, typed={}, based_on=0, revision=0, by=somebody, now=NOW)
        with pytest.raises(NotTheAuthor):
            discard_draft(booking=booking, revision=0, by=somebody)
    assert not TreatmentRecordVersion.objects.exists()


@pytest.mark.parametrize("make", [booked, confirmed])
def test_there_is_no_record_before_the_visit(make: type[Booking]) -> None:
    booking = make()

    with pytest.raises(NotYetAVisit):
        sign(booking=booking, content=ASTHMA, based_on=0, by=booking.doctor.user, now=NOW)
    with pytest.raises(NotYetAVisit):
        save_draft(booking=booking, typed={}, based_on=0, revision=0, by=booking.doctor.user, now=NOW)


def test_who_comes_second_changes_nothing() -> None:
    first = make_record()
    booking = Booking.objects.get()
    amend(first, replace(ASTHMA, diagnosis="Second"))

    for based_on in (0, 1, 3):
        with pytest.raises(RecordChanged):
            sign(booking=booking, content=ASTHMA, based_on=based_on, reason="Too late", by=booking.doctor.user, now=NOW)
    assert TreatmentRecordVersion.objects.count() == 2


def test_two_tabs_of_one_draft_notice_each_other() -> None:
    booking = make_visit()
    doctor = booking.doctor.user
    save_draft(booking=booking, typed={"notes": "a"}, based_on=0, revision=0, by=doctor, now=NOW)
    save_draft(booking=booking, typed={"notes": "b"}, based_on=0, revision=1, by=doctor, now=NOW)

    with pytest.raises(RecordChanged):
        save_draft(booking=booking, typed={"notes": "c"}, based_on=0, revision=1, by=doctor, now=NOW)
    with pytest.raises(RecordChanged):
        sign(booking=booking, content=ASTHMA, based_on=0, revision=1, by=doctor, now=NOW)
    assert RecordDraft.objects.get().typed == {"notes": "b"}


def test_who_waits_too_long_for_the_appointment_is_told_so() -> None:
    booking = make_visit()
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor, connection.cursor() as own:
            own.execute("SET lock_timeout = '200ms'")
            cursor.execute("BEGIN; SELECT FROM bookings_booking FOR UPDATE")
            with pytest.raises(RecordBusy):
                sign(booking=booking, content=ASTHMA, based_on=0, by=booking.doctor.user, now=NOW)
            own.execute("RESET lock_timeout")
    finally:
        other.close()
    assert not TreatmentRecordVersion.objects.exists()


def test_a_draft_is_discarded() -> None:
    booking = make_visit()
    save_draft(booking=booking, typed={"notes": "a"}, based_on=0, revision=0, by=booking.doctor.user, now=NOW)

    with pytest.raises(RecordChanged):  # another tab has saved since
        discard_draft(booking=booking, revision=0, by=booking.doctor.user)
    assert RecordDraft.objects.exists()
    discard_draft(booking=booking, revision=1, by=booking.doctor.user)

    assert not RecordDraft.objects.exists()


VISIT_DAY = date(2026, 8, 5)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"diagnosis": " "}, DiagnosisMissing),
        ({"follow_up_date": VISIT_DAY}, InvalidFollowUp),
        ({"follow_up_date": VISIT_DAY - timedelta(days=1)}, InvalidFollowUp),
        ({"follow_up_date": VISIT_DAY + timedelta(days=1_831)}, InvalidFollowUp),
    ],
)
def test_what_can_not_be_signed(changes: dict[str, object], error: type[DomainError]) -> None:
    booking = make_visit()

    with pytest.raises(error):
        sign(booking=booking, content=replace(ASTHMA, **changes), based_on=0, by=booking.doctor.user, now=NOW)  # type: ignore[arg-type]


def test_a_medicine_the_allergies_name_needs_a_reason_which_is_kept() -> None:
    patient = make_patient(allergies="Penicillin and amoxicillin: rash as a child")
    booking = make_visit(patient=patient)
    doctor = booking.doctor.user
    other = Medication(name="Paracetamol", dose="1 g", frequency="as needed", allergy_reason="not asked for")
    content = replace(ASTHMA, medications=(other, AMOXICILLIN))

    with pytest.raises(AllergyNotExplained) as refused:
        sign(booking=booking, content=content, based_on=0, by=doctor, now=NOW)
    assert refused.value.found == {1: "amoxicillin"}

    explained = replace(AMOXICILLIN, allergy_reason="Tested negative last year")
    version = sign(
        booking=booking, content=replace(content, medications=(other, explained)), based_on=0, by=doctor, now=NOW
    )

    assert [line.get("allergy_reason") for line in version.medications] == [None, "Tested negative last year"]


# Whoever speaks SQL


_ANOTHER = """
    INSERT INTO clinical_treatmentrecordversion
        (record_id, number, author_id, signed_at, reason, diagnosis, notes, medications, instructions)
    SELECT record_id, {number}, author_id, signed_at, '{reason}', 'x', '', '{medications}', ''
    FROM clinical_treatmentrecordversion"""


def test_another_version_can_be_written_by_sql_where_it_follows_the_rules() -> None:
    """The control of the refusals below."""
    make_record()

    with connection.cursor() as cursor:
        cursor.execute(_ANOTHER.format(number=2, reason="why", medications="[]"))

    assert TreatmentRecordVersion.objects.count() == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE clinical_treatmentrecordversion SET notes = 'other'",
        "UPDATE clinical_treatmentrecordversion SET reason = 'why'",
        "UPDATE clinical_treatmentrecordversion SET medications = '[]'",
        "UPDATE clinical_treatmentrecordversion SET number = 7",
        "UPDATE clinical_treatmentrecordversion SET signed_at = now()",
        "UPDATE clinical_treatmentrecordversion SET author_id = author_id + 1",
        "DELETE FROM clinical_treatmentrecordversion",
        "DELETE FROM clinical_treatmentrecord",
        "UPDATE clinical_treatmentrecord SET created_at = now()",
        # Saying the word of the erasure is not enough: the patient is nobody's erased patient.
        """SET LOCAL hms.erasing = 'yes';
        UPDATE clinical_treatmentrecordversion SET diagnosis = '', notes = '', instructions = '', reason = '',
            medications = '[]', diagnosis_code = NULL, follow_up_date = NULL""",
        "SET LOCAL hms.erasing = 'yes'; DELETE FROM clinical_treatmentrecordversion",
        _ANOTHER.format(number=3, reason="why", medications="[]"),
        _ANOTHER.format(number=1, reason="why", medications="[]"),
        _ANOTHER.format(number=2, reason="no", medications="[]"),
        _ANOTHER.format(number=2, reason="why", medications="{}"),
    ],
)
def test_the_database_refuses_to_rewrite_a_record(statement: str) -> None:
    version = make_record()
    before = TreatmentRecordVersion.objects.values().get(pk=version.pk)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert TreatmentRecordVersion.objects.values().get() == before
