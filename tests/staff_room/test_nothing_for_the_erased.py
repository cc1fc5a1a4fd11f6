"""Nothing new is written for who is erased: the database says so on every table that can get a row for somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from typing import Any
from uuid import uuid4

import pgtrigger
import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Model

from accounts.models import User
from accounts.services import AccountClosed, Erased
from accounts.tests.factories import StaffFactory
from bookings.calendars import feeds
from bookings.choices import Status
from bookings.models import Booking
from bookings.rules import AccountIsClosed, NoSuchPerson, PatientRef
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.services.steps import confirm, mark_no_show
from bookings.services.walk_in import walk_in
from bookings.tests.desk.people import receptionist
from bookings.tests.factories import make_booking
from bookings.waiting_list import services as waiting_list
from clinical.models import TreatmentRecord
from core import clock
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor, make_slot
from integrations.google_calendar.oauth import Grant
from integrations.google_calendar.services import connect
from patients.models import PatientProfile
from patients.services import add_dependent
from patients.tests.factories import make_patient
from privacy.data_subjects import DataSubject, myself
from privacy.erasing import erase

pytestmark = pytest.mark.django_db(transaction=True)
OURS = {
    "accounts",
    "admin",
    "account",
    "mfa",
    "audit",
    "integrations",
    "doctors",
    "patients",
    "exports",
    "bookings",
    "clinical",
    "billing",
    "reports",
} | {"privacy"}
OWNERS = {User: "account", PatientProfile: "patient", DoctorProfile: "doctor", Booking: "booking"}
OWNERS |= {TreatmentRecord: "record"}
RULE = "nothing is written for an erased person"

# Columns that say who did something, not whose it is. Who is erased can't sign in, so does nothing.
WHO_DID_IT = {
    "accounts.invitation.invited_by",
    "admin.logentry.user",
    "audit.entry.actor",
    "billing.creditnote.issued_by",
    "billing.invoice.created_by",
    "billing.invoice.issued_by",
    "billing.payment.received_by",
    "billing.refund.refunded_by",
    "bookings.booking.booked_by",
    "bookings.booking.cancelled_by",
    "bookings.bookingstatuschange.by",
    "bookings.departure.decided_by",
    "bookings.review.hidden_by",
    "bookings.waitingentry.asked_by",
    "clinical.recorddraft.author",
    "clinical.treatmentrecordversion.author",
    "clinical.emergencyaccess.reviewed_by",
    "doctors.closure.created_by",
    "doctors.doctorprofile.approved_by",
    "doctors.timeoff.created_by",
    "privacy.erasure.erased_by",
}
OTHERWISE = {
    "billing.billingdecision.booking": "that billing has looked at the visit; of whoever is erased nothing is charged",
    "billing.invoice.booking": "the invoice names its patient, who is asked about",
    "billing.invoice.doctor": "a visit of long ago can still be charged: the books name the doctor by a number",
    "bookings.booking.moved_from": "both appointments have the same patient, who is asked about",
    "bookings.hold.booking": "the hold names its patient, who is asked about",
    "bookings.bookingstatuschange.booking": "a step is still taken, such as marking a visit as missed; no words are",
    "privacy.erasure.user": "the erasure itself, written before anything is erased, once for each person",
    "privacy.erasure.patient": "the same",
}


def columns_of_people() -> Iterator[tuple[str, str, type[Model], str]]:
    """Every foreign key of every table that leads to a person or an appointment."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.app_label in OURS and not model._meta.proxy:
            for field in model._meta.concrete_fields:
                to = field.remote_field.model._meta.concrete_model if field.remote_field else None
                if to in OWNERS:
                    yield f"{model._meta.label_lower}.{field.name}", OWNERS[to], model, field.attname


def said_to(model: type[Model], column: str, key: Any) -> str:
    """What the database answers to a row that names nobody but this one: its triggers speak before its other rules."""
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(f'INSERT INTO "{model._meta.db_table}" ("{column}") VALUES (%s)', [key])
        except DatabaseError as error:
            return str(error)
    return ""


def test_every_table_that_can_get_a_row_for_somebody_refuses_one_for_the_erased(
    ada: PatientProfile, oli: DoctorProfile
) -> None:
    found = {name: (kind, model, column) for name, kind, model, column in columns_of_people()}
    assert len(found) > 30
    assert set(OTHERWISE) | WHO_DID_IT <= set(found)
    asked = {name: one for name, one in found.items() if name not in OTHERWISE and name not in WHO_DID_IT}
    assert len(asked) > 15

    booking, living = Booking.objects.get(patient=ada), make_booking(slot=make_slot(days=3), patient=make_patient())
    erased = {"account": ada.user_id, "patient": ada.pk, "doctor": oli.pk, "booking": booking.pk}
    erased["record"] = booking.treatment_record.pk
    there = {"account": living.patient.user_id, "patient": living.patient_id, "doctor": living.doctor_id}
    there["booking"] = living.pk
    there["record"] = TreatmentRecord.objects.create(booking=living, created_at=clock.now()).pk

    refused = {name for name, (kind, model, column) in asked.items() if RULE in said_to(model, column, erased[kind])}
    assert refused == set(asked)
    control = {name for name, (kind, model, column) in asked.items() if RULE in said_to(model, column, there[kind])}
    assert control == set()


def test_such_a_row_is_refused_as_well_when_it_is_given_to_somebody_erased_later() -> None:
    """The same triggers are asked when the column changes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, attname FROM pg_trigger"
            " JOIN pg_proc ON pg_proc.oid = tgfoid JOIN pg_attribute ON attrelid = tgrelid AND attnum = ANY (tgattr)"
            " WHERE prosrc LIKE %s AND pg_get_triggerdef(pg_trigger.oid) LIKE %s AND tgenabled = 'O'",
            [f"%{RULE}%", "% BEFORE INSERT OR UPDATE OF %"],
        )
        watched = set(cursor.fetchall())
    asked = {
        (model._meta.db_table, column)
        for name, _, model, column in columns_of_people()
        if name not in OTHERWISE and name not in WHO_DID_IT
    }
    assert len(asked) > 15
    assert asked - watched == set()


def test_every_text_of_an_appointment_stays_empty_for_the_erased() -> None:
    """Whatever can be typed about an appointment, in every text column the model has or will have."""
    not_typed = {"reference", "status", "doctor_event_id", "patient_event_id", "idempotency_key", "request_fingerprint"}
    fields = Booking._meta.concrete_fields
    texts = {field.column for field in fields if field.get_internal_type() in {"CharField", "TextField"}}
    (trigger,) = [one for model, one in pgtrigger.registered() if one.name == "no_words_for_the_erased"]
    refused = {name for name in texts if f"NEW.{name} <> ''" in str(trigger.func)}
    assert texts - not_typed == refused


# Rows, written past every service


def gone(person: DataSubject) -> None:
    User.objects.filter(pk__in=person.users).update(is_active=False)
    erase(person=person, reason="Asked", by=StaffFactory(), now=clock.now())


@pytest.fixture
def ada() -> PatientProfile:
    """Erased; with an appointment of long ago that was never finished."""
    patient = make_patient(full_name="Ada Before")
    past = clock.now() - timedelta(days=10)
    visit = make_booking(slot=make_slot(starts_at=past), patient=patient, now=past - timedelta(days=1))
    TreatmentRecord.objects.create(booking=visit, created_at=past)
    gone(myself(patient.user))
    patient.refresh_from_db()
    return patient


@pytest.fixture
def oli() -> DoctorProfile:
    doctor = make_doctor(full_name="Oli Before")
    gone(myself(doctor.user))
    doctor.refresh_from_db()
    return doctor


def copied(row: Model, **changed: Any) -> None:
    """A new row like one that is there."""
    fields = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key
    }
    type(row)._default_manager.create(**(fields | changed))


def test_a_row_for_the_erased_is_refused_by_the_database(ada: PatientProfile, oli: DoctorProfile) -> None:
    other = make_booking(slot=make_slot(days=3), patient=make_patient())
    booking = Booking.objects.get(patient=ada)
    rows: list[Callable[[], Any]] = [
        lambda: copied(other, patient_id=ada.pk, reference="X", uid=uuid4(), slot_id=make_slot(days=9).pk),
        lambda: waits_for(ada),
        lambda: Booking.objects.filter(pk=booking.pk).update(notes="Chest pain"),
        lambda: booking.changes.create(to_status=Status.CANCELLED, reason="Chest pain", at=clock.now()),
        lambda: PatientProfile.objects.create(guardian=ada.user, own_name="Kit", date_of_birth=date(2015, 1, 1)),
        lambda: PatientProfile.objects.filter(pk=other.patient_id).update(user=None, guardian=ada.user, own_name="X"),
        lambda: ada.user.emailaddress_set.create(email="again@example.org"),
        lambda: make_slot(oli, days=4),
        lambda: oli.weekly_hours.create(**HOURS),
        lambda: DoctorProfile.objects.filter(pk=oli.pk).update(biography="Again"),
    ]
    for write in rows:
        with pytest.raises(IntegrityError, match=RULE), transaction.atomic():
            write()


HOURS = {"weekday": 0, "starts": time(9), "ends": time(12), "slot_minutes": 20, "valid_from": date(2026, 1, 1)}


def waits_for(patient: PatientProfile) -> None:
    today = clock.hospital_day(clock.now())
    patient.waiting.create(
        doctor=make_doctor(), asked_by=StaffFactory(), first_day=today, last_day=today, created_at=clock.now()
    )


def test_a_visit_of_long_ago_can_still_be_marked_as_missed(ada: PatientProfile) -> None:
    booking = Booking.objects.get(patient=ada)
    confirm(booking=booking, by=booking.doctor.user, now=clock.now())
    with pytest.raises(Erased):
        cancel(booking=booking, by=StaffFactory(), reason="Chest pain", now=clock.now())
    missed = mark_no_show(booking=booking, by=booking.doctor.user, now=clock.now())
    assert missed.status == Status.NO_SHOW


# The services say it in a sentence


SERVICES: dict[str, tuple[type[Exception], Callable[[PatientProfile], Any]]] = {
    "book": (
        NoSuchPerson,
        lambda one: book(
            slot_id=make_slot(days=3).pk, patient_ref=PatientRef.of(one), by=StaffFactory(), now=clock.now()
        ),
    ),
    "walk in": (
        NoSuchPerson,
        lambda one: walk_in(
            patient_ref=PatientRef.of(one), doctor=make_doctor(), reason="Pain", by=StaffFactory(), now=clock.now()
        ),
    ),
    "wait": (
        AccountIsClosed,
        lambda one: waiting_list.join(
            patient=one,
            doctor=make_doctor(),
            first_day=date(2030, 1, 1),
            last_day=date(2030, 1, 2),
            weekdays=[0],
            earliest=time(8),
            latest=time(18),
            by=one.user,
            now=clock.now(),
        ),
    ),
    "care for somebody": (
        AccountClosed,
        lambda one: add_dependent(guardian=one.user, full_name="Kit", date_of_birth=date(2015, 1, 1)),
    ),
    "make a calendar address": (Erased, lambda one: feeds.make_feed(user=one.user, now=clock.now())),
    "connect a calendar": (
        Erased,
        lambda one: connect(
            user=one.user, grant=Grant(refresh_token="t", scopes=frozenset()), busy_times=False, now=clock.now()
        ),
    ),
}


@pytest.mark.parametrize(("error", "act"), SERVICES.values(), ids=SERVICES.keys())
def test_services_refuse_it_before_anything_is_written(
    ada: PatientProfile, error: type[Exception], act: Callable[[PatientProfile], Any]
) -> None:
    with pytest.raises(error):
        act(ada)
    assert Booking.objects.filter(patient=ada).count() == 1


# The desk


@pytest.mark.parametrize("how", ["erased", "closed", "removed"])
def test_the_desk_does_not_serve_who_is_gone_by_address(how: str) -> None:
    patient = make_patient(full_name="Ada Before")
    there = make_patient(full_name="Ben Here")
    if how == "erased":
        gone(myself(patient.user))
    elif how == "closed":
        User.objects.filter(pk=patient.user_id).update(is_active=False)
    else:
        guardian = make_patient().user
        patient = add_dependent(guardian=guardian, full_name="Kit Before", date_of_birth=date(2015, 1, 1))
        PatientProfile.objects.filter(pk=patient.pk).update(removed_at=clock.now())
    desk = receptionist()
    doctor, slot = make_doctor(), make_slot(days=2)
    for here in ("", "&here=1"):
        shown = desk.get(f"/staff/book/?patient={patient.pk}{here}")
        assert shown.context["who"].chosen is None
        assert desk.get(f"/staff/book/?patient={there.pk}{here}").context["who"].chosen is not None
        address = f"/staff/book/?patient={patient.pk}&doctor={slot.doctor.slug}&time={slot.pk}{here}"
        now = f"/staff/book/?patient={patient.pk}&doctor={doctor.slug}&time=now&here=1"
        for page in (address, now):
            assert desk.post(page, {"reason": "Chest pain"}).status_code == 409
    assert not Booking.objects.exists()
