"""Somebody about whom everything is held, in words found nowhere else."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client

from accounts.models import User
from accounts.tests.factories import StaffFactory
from bookings.account_closure import services as account_closure
from bookings.account_closure.rules import ClosureDecision
from bookings.calendars import feeds
from bookings.departures import services as departures
from bookings.departures.rules import DepartureDecision
from bookings.models import Booking, Departure
from bookings.reviews import services as reviews
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.services.steps import check_in, complete, confirm
from bookings.tests.factories import make_booking, make_held, make_waiting
from clinical.content import RecordContent
from clinical.services.sign import sign
from core import clock
from core.clock import hospital_day
from core.crypto import unseal
from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor, make_slot
from integrations.choices import MessageStatus
from integrations.google_calendar.services import GoogleConnection
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person

# Each stands in one place at first. KEPT: part of the record the law asks to keep.
GONE = {
    "name": "Zuleika Canarybird",
    "username": "canaryuser",
    "email": "canarymail@example.org",
    "phone": "+442079460271",
    "address": "Canarystreet 9",
    "emergency_name": "Nextof Canarykin",
    "emergency_phone": "+442079460314",
    "cancelled": "canarycancel",
    "review": "canaryreview",
    "google": "canarygoogle@example.org",
}
KEPT = {"history": "canaryhistory", "allergy": "canaryallergy", "reason": "canaryreason", "notes": "canarynotes"}
KEPT |= {"record": "canaryrecord"}
WORDS = [word for text in GONE.values() for word in text.split() if len(word) > 5]


def full_patient(doctor: DoctorProfile | None = None) -> PatientProfile:
    """A patient with something in every table."""
    doctor = doctor or make_doctor()
    patient = make_patient(
        full_name=GONE["name"],
        username=GONE["username"],
        email=GONE["email"],
        address=GONE["address"],
        emergency_contact_name=GONE["emergency_name"],
        emergency_contact_phone=GONE["emergency_phone"],
        medical_history=KEPT["history"],
        allergies=KEPT["allergy"],
    )
    user = patient.user
    user.phone = GONE["phone"]
    user.save(update_fields=["phone"])
    visit = _visit(patient, doctor)
    sign(booking=visit, content=RecordContent(diagnosis=KEPT["record"]), based_on=0, by=doctor.user, now=visit.ends_at)
    _cancelled(patient, doctor)
    held = make_held(patient, make_slot(doctor, days=5))
    make_waiting(patient=patient, doctor=make_doctor())
    feeds.make_feed(user=user, now=clock.now())
    GoogleConnection.objects.create(
        user=user,
        sealed_token=GoogleConnection.seal_token(user.pk, "canarytoken"),
        scopes="calendar",
        google_email=GONE["google"],
        connected_at=clock.now(),
    )
    Client().force_login(user)
    log(patient, user, held, held.entry)
    return patient


def _visit(patient: PatientProfile, doctor: DoctorProfile) -> Booking:
    """Completed and reviewed, ten days ago."""
    past = clock.now() - timedelta(days=10)
    slot = make_slot(doctor, starts_at=past)
    booking = book(
        slot_id=slot.pk,
        patient_ref=PatientRef.of(patient),
        by=patient.user,
        reason=KEPT["reason"],
        notes=KEPT["notes"],
        idempotency_key="form-1",
        now=past - timedelta(days=1),
    )
    confirm(booking=booking, by=doctor.user, now=past)
    check_in(booking=booking, by=doctor.user, now=past)
    complete(booking=booking, by=doctor.user, now=past)
    booking.refresh_from_db()
    reviews.review(booking=booking, by=patient.user, rating=5, text=GONE["review"], now=past + timedelta(hours=1))
    return booking


def _cancelled(patient: PatientProfile, doctor: DoctorProfile) -> None:
    booking = make_booking(slot=make_slot(doctor, days=4), patient=patient)
    cancel(booking=booking, by=patient.user, reason=GONE["cancelled"], now=clock.now())


def log(*rows: Any) -> None:
    """As the admin does."""
    staff = StaffFactory()
    for row in rows:
        LogEntry.objects.create(
            user=staff,
            content_type=ContentType.objects.get_for_model(row),
            object_id=str(row.pk),
            object_repr=str(row)[:200],
            action_flag=CHANGE,
            change_message=f"Changed {row}.",
        )


def close(patient: PatientProfile, by: User) -> None:
    decisions = {
        booking.reference: ClosureDecision.CANCEL for booking in account_closure.to_decide(patient.user, clock.now())
    }
    account_closure.close_patient(user=patient.user, decisions=decisions, by=by, now=clock.now())


def all_is_sent() -> None:
    """As if every message had left."""
    OutgoingMessage.objects.open().update(status=MessageStatus.SENT, settled_at=clock.now(), lease_until=None)


def everything() -> dict[str, str]:
    """Every row of every table of the database, as text; what is sealed is opened."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [row[0] for row in cursor.fetchall()]
        found = {}
        for table in tables:
            cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{table}\" AS t")
            found[table] = cursor.fetchone()[0]
    return found | {f"{model._meta.db_table} (opened)": _opened(model) for model in apps.get_models()}


def _opened(model: type[Any]) -> str:
    fields = getattr(model, "SEALED", ())
    rows = model._default_manager.values_list(*fields) if fields else []
    return json.dumps([[unseal(value) for value in row if value] for row in rows])


def where(word: str) -> list[str]:
    """In which tables a word stands."""
    return sorted(table for table, text in everything().items() if word.casefold() in text.casefold())


def family() -> tuple[PatientProfile, PatientProfile]:
    """Somebody and the child they care for."""
    patient = full_patient()
    return patient, make_person(patient, full_name="Kit Canarychild")


def leaves(doctor: DoctorProfile, boss: User) -> None:
    """With a colleague who takes a patient over: the offer names whose place it is."""
    now = clock.now()
    make_slot(make_doctor(department=doctor.department), days=8)
    booking = make_booking(slot=make_slot(doctor, days=7))
    departures.leave(
        doctor=doctor,
        last_day=hospital_day(now),
        decisions={},
        otherwise=DepartureDecision.COLLEAGUE,
        seen=[booking.reference],
        by=boss,
        now=now,
    )
    Departure.objects.filter(doctor=doctor).update(completed_at=now)
    offer = OutgoingMessage.objects.get(action="WAITLIST_OFFER")
    assert offer.data["in_place_of"] == doctor.display_name
