"""What the hand-written statements read is what the ORM finds, whoever books for whom and whatever there is already."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, transaction
from django.db.models import Model, Q
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.tests.factories import StaffFactory
from bookings import messages
from bookings.models import Booking
from bookings.rules import PatientRef
from bookings.services import book_statements as statements
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.tests.conftest import NOW
from bookings.tests.people import slot_in
from core.postgres.prepared import Columns
from doctors.choices import SlotState
from doctors.models import Slot
from doctors.tests.factories import make_doctor, make_slot
from integrations.models import GoogleConnection, OutgoingMessage
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

pytestmark = pytest.mark.django_db
SLOT_RELATED = ("doctor__user__google_connection", "doctor__department")
PATIENT_RELATED = ("user__google_connection", "guardian__google_connection")


def read(slot: Slot, by: User, ref: PatientRef, key: str | None = None) -> statements.BookingFacts:
    with transaction.atomic():
        return statements.lock_and_read(slot.pk, ref, by=by, key=key, now=NOW)


def connect(user: User) -> None:
    token = GoogleConnection.seal_token(user.pk, "token")
    GoogleConnection.objects.create(user=user, sealed_token=token, scopes="", connected_at=NOW)


def books(patient: PatientProfile, slot: Slot | None = None, **facts: Any) -> Booking:
    given = {"by": patient.account, "now": NOW} | facts
    return book(slot_id=(slot or slot_in()).pk, patient_ref=PatientRef.of(patient), **given)


# The same questions, asked by the ORM


def people_of(by: User) -> Q:
    return Q(user=by) | Q(guardian=by, removed_at__isnull=True)


def patient_by_orm(by: User, ref: PatientRef) -> PatientProfile | None:
    rows = PatientProfile.objects.select_related(*PATIENT_RELATED)
    if ref.patient_id is not None:
        return rows.filter(pk=ref.patient_id).first()
    if ref.person_id is not None:
        return rows.filter(people_of(by), pk=ref.person_id).first()
    return None if ref.new is not None else rows.filter(user=by).first()


def counts_by_orm(by: User, patient: PatientProfile | None) -> dict[str, int]:
    if not by.is_patient:
        return {}
    own = PatientProfile.objects.filter(people_of(by))
    coming, lately = Booking.objects.upcoming(NOW), NOW - timedelta(hours=1)
    return {
        "of_patient": coming.filter(patient=patient).count() if patient else 0,
        "of_account": coming.filter(patient__in=own).count(),
        "within_hour": Booking.objects.filter(booked_by=by, created_at__gt=lately, created_at__lte=NOW).count(),
    }


def by_orm(slot: Slot, by: User, ref: PatientRef, key: str | None = None) -> statements.BookingFacts:
    found, patient = Slot.objects.select_related(*SLOT_RELATED).filter(pk=slot.pk).first(), patient_by_orm(by, ref)
    elsewhere = Booking.objects.live().overlapping(slot.starts_at, slot.ends_at).filter(patient=patient)
    earlier = Booking.objects.filter(booked_by=by, idempotency_key=key).first() if key else None
    return statements.BookingFacts(
        slot=found,
        patient=patient,
        earlier_id=earlier and earlier.pk,
        patient_is_busy=bool(found and patient and elsewhere.exists()),
        account_is_open=User.objects.get(pk=by.pk).is_active,
        cares_for_others=PatientProfile.objects.filter(guardian=by, removed_at__isnull=True).exists(),
        counts=counts_by_orm(by, patient),
    )


def values(row: Model | None) -> dict[str, Any] | None:
    """What was read of a row, without what was left out."""
    return row and {name: value for name, value in vars(row).items() if not name.startswith("_")}


def assert_same_row(ours: Model | None, theirs: Model | None, *related: str) -> None:
    """The values that were read, here and in what they are joined to, all without a query."""
    assert ours == theirs
    found, expected = values(ours), values(theirs)
    if found is None or expected is None:
        return
    assert found == {name: expected[name] for name in found}
    for name in {path.split("__")[0] for path in related}:
        deeper = [path.split("__", 1)[1] for path in related if path.startswith(f"{name}__")]
        assert_same_row(beside(ours, name), beside(theirs, name), *deeper)


def beside(row: Any, name: str) -> Any:
    try:
        return getattr(row, name)
    except ObjectDoesNotExist:
        return None


def assert_agrees(slot: Slot, by: User, ref: PatientRef, key: str | None = None) -> statements.BookingFacts:
    ours, theirs = read(slot, by, ref, key), by_orm(slot, by, ref, key)
    with CaptureQueriesContext(connection) as asked:
        assert_same_row(ours.slot, theirs.slot, *SLOT_RELATED)
        assert_same_row(ours.patient, theirs.patient, *PATIENT_RELATED)
    assert len(asked) == 0
    assert ours == theirs
    return ours


# The situations


def alone() -> tuple[User, PatientRef]:
    return make_patient().user, PatientRef.own()


def guardian_for_themselves() -> tuple[User, PatientRef]:
    guardian = make_patient()
    make_person(guardian)
    return guardian.user, PatientRef.person(guardian.pk)


def guardian_who_did_not_say() -> tuple[User, PatientRef]:
    return guardian_for_themselves()[0], PatientRef.own()


def guardian_for_a_child() -> tuple[User, PatientRef]:
    child = make_person(make_patient())
    return child.guardian, PatientRef.person(child.pk)


def for_somebody_elses_child() -> tuple[User, PatientRef]:
    return make_patient().user, PatientRef.person(make_person(make_patient()).pk)


def for_somebody_taken_off_the_list() -> tuple[User, PatientRef]:
    child = make_person(make_patient())
    PatientProfile.objects.filter(pk=child.pk).update(removed_at=NOW)
    return child.guardian, PatientRef.person(child.pk)


def hospital_for_a_patient() -> tuple[User, PatientRef]:
    return StaffFactory(), PatientRef.of(make_patient())


def patient_by_their_profile() -> tuple[User, PatientRef]:
    patient = make_patient()
    return patient.user, PatientRef.of(patient)


def closed_account() -> tuple[User, PatientRef]:
    patient = make_patient()
    User.objects.filter(pk=patient.user_id).update(is_active=False)
    return patient.user, PatientRef.own()


def somebody_with_a_calendar() -> tuple[User, PatientRef]:
    patient = make_patient()
    connect(patient.user)
    return patient.user, PatientRef.own()


def doctor_without_a_patient() -> tuple[User, PatientRef]:
    return make_doctor().user, PatientRef.own()


SITUATIONS = (
    *(alone, guardian_for_themselves, guardian_who_did_not_say, guardian_for_a_child, for_somebody_elses_child),
    *(for_somebody_taken_off_the_list, hospital_for_a_patient, patient_by_their_profile, closed_account),
    *(somebody_with_a_calendar, doctor_without_a_patient),
)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_it_finds_what_the_orm_finds(situation: Callable[[], tuple[User, PatientRef]]) -> None:
    by, ref = situation()
    doctor = make_doctor()
    connect(doctor.user)

    assert_agrees(make_slot(doctor), by, ref)
    assert_agrees(Slot(starts_at=NOW, ends_at=NOW + timedelta(minutes=20)), by, ref)  # a time that has gone


def test_it_counts_what_the_orm_counts() -> None:
    """Coming and past, cancelled, of others, of a child, within the hour and before, at the time and beside it."""
    guardian = make_patient()
    child, slot = make_person(guardian), slot_in(hours=50)
    books(guardian, slot_in(hours=50), idempotency_key="first")
    books(guardian, slot_in(hours=60), now=NOW - timedelta(hours=2))
    books(child, slot_in(hours=70))
    books(child, slot_in(hours=3), now=NOW - timedelta(days=3), by=StaffFactory())
    cancel(booking=books(guardian, slot_in(hours=80)), by=guardian.user, now=NOW)
    books(make_patient(), slot_in(hours=50))

    own = assert_agrees(slot, guardian.user, PatientRef.person(guardian.pk), "first")
    of_child = assert_agrees(slot, guardian.user, PatientRef.person(child.pk), "another")

    assert own.counts == {"of_patient": 2, "of_account": 4, "within_hour": 3}
    assert (own.patient_is_busy, own.earlier_id) == (True, Booking.objects.get(idempotency_key="first").pk)
    assert of_child.counts == {"of_patient": 2, "of_account": 4, "within_hour": 3}
    assert (of_child.patient_is_busy, of_child.earlier_id) == (False, None)


def test_of_what_the_hospital_books_nothing_is_counted() -> None:
    desk = StaffFactory()
    books(make_patient(), by=desk)

    assert assert_agrees(slot_in(), desk, PatientRef.of(make_patient())).counts == {}


def test_the_key_of_somebody_else_is_not_found() -> None:
    books(make_patient(), idempotency_key="same")

    assert assert_agrees(slot_in(), make_patient().user, PatientRef.own(), "same").earlier_id is None


# Writing


def test_what_is_written_is_what_the_service_answers() -> None:
    slot, patient = slot_in(), make_patient()
    booking = books(patient, slot, reason="Knee", notes="Left", idempotency_key=uuid.uuid4().hex)
    kept = Booking.objects.get(pk=booking.pk)
    taken = Slot.objects.get(pk=slot.pk)

    assert values(booking) == values(kept)
    assert booking._state.adding is False
    assert booking.changes.get().to_status == booking.status
    assert (taken.state, taken.held_until, taken.closed_by_calendar) == (SlotState.BOOKED, None, False)
    assert (booking.slot.state, booking.slot.held_until) == (SlotState.BOOKED, None)
    told = OutgoingMessage.objects.filter(stream__startswith=messages.streams(kept))
    assert {row.dedupe_key for row in told} == {draft.dedupe_key for draft in messages.booked(kept)}


def test_behind_a_pooler_the_same_is_sent_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    by, ref = guardian_for_a_child()
    with CaptureQueriesContext(connection) as asked:
        assert_agrees(make_slot(), by, ref)

    assert asked.captured_queries
    assert not [query for query in asked.captured_queries if "EXECUTE" in query["sql"]]


def test_a_column_left_out_is_read_when_asked_for() -> None:
    patient = make_patient()
    found = read(slot_in(), patient.user, PatientRef.own()).patient

    assert found is not None
    assert "medical_history" in found.get_deferred_fields()
    assert found.medical_history == patient.medical_history


def test_no_row_no_instance() -> None:
    columns = Columns(Slot, "slot")
    nothing = [None] * len(Slot._meta.concrete_fields)

    assert columns.read(iter(nothing)) is None
