"""The database itself tells of each change, by whichever road it comes, and never what must not be kept (H4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.tests.factories import StaffFactory
from audit.models import Entry
from audit.triggers import key_of
from bookings.models import Booking
from bookings.rules import PatientRef
from bookings.services.book import book
from bookings.services.cancel import cancel
from bookings.services.steps import confirm
from bookings.tests.factories import make_booking
from doctors.choices import SlotSource
from doctors.models import DoctorProfile
from doctors.schedule import services as schedule
from doctors.schedule.weekly_rules import WeeklyRange
from doctors.tests.factories import make_doctor, make_slot
from integrations.choices import MessageStatus
from integrations.models import OutgoingMessage
from patients.models import PatientProfile
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db
transactional = pytest.mark.django_db(transaction=True)


def last(model: str) -> Entry:
    found = Entry.objects.filter(model=model).first()
    assert found is not None
    return found


def number_of(model: str, label: str) -> int:
    return Entry.objects.filter(model=model, pgh_label=label).count()


def test_a_save_leaves_what_it_was_and_what_it_became() -> None:
    doctor = make_doctor(approved=False)
    doctor.consultation_fee_cents = 15_000
    doctor.save()

    entry = last("doctors.doctorprofile")
    assert (entry.pgh_label, entry.object_id, entry.changed) == ("update", str(doctor.pk), ["consultation_fee_cents"])
    assert (entry.before, entry.after) == ({"consultation_fee_cents": 12_000}, {"consultation_fee_cents": 15_000})
    assert set(entry.about) == {key_of(doctor), key_of(doctor.user), key_of(doctor.department)}


def test_an_update_of_many_rows_leaves_an_entry_of_each() -> None:
    doctors = [make_doctor(), make_doctor()]
    DoctorProfile.objects.filter(pk__in=[doctor.pk for doctor in doctors]).update(is_accepting=False)

    entries = Entry.objects.filter(model="doctors.doctorprofile", changed=["is_accepting"])
    assert {entry.object_id for entry in entries} == {str(doctor.pk) for doctor in doctors}


def test_a_bulk_update_leaves_an_entry_of_each() -> None:
    doctors = [make_doctor(), make_doctor()]
    for doctor in doctors:
        doctor.years_of_experience = 31
    DoctorProfile.objects.bulk_update(doctors, ["years_of_experience"])

    assert Entry.objects.filter(changed=["years_of_experience"], after={"years_of_experience": 31}).count() == 2


def test_sql_past_every_rule_of_ours_leaves_an_entry() -> None:
    doctor = make_doctor()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE doctors_doctorprofile SET consultation_fee_cents = 1 WHERE id = %s", [doctor.pk])

    assert last("doctors.doctorprofile").after == {"consultation_fee_cents": 1}


def test_what_is_deleted_leaves_what_it_was() -> None:
    slot = make_slot()
    key = key_of(slot)
    slot.delete()

    entry = last("doctors.slot")
    assert (entry.pgh_label, entry.after) == ("delete", None)
    assert entry.before is not None
    assert entry.before["state"] == "FREE"
    assert key in entry.about


def test_a_save_that_changes_nothing_leaves_nothing() -> None:
    doctor = make_doctor()
    before = Entry.objects.count()
    doctor.save()

    assert Entry.objects.count() == before


def test_the_time_of_the_last_sign_in_is_no_news() -> None:
    user = make_patient().user
    before = Entry.objects.count()
    User.objects.filter(pk=user.pk).update(last_login=timezone.now())

    assert Entry.objects.count() == before


def test_a_new_password_is_told_of_and_not_told() -> None:
    user = make_patient().user
    user.set_password("Another-Horse-7")
    user.save()

    entry = last("accounts.user")
    assert (entry.changed, entry.before, entry.after) == (["password"], None, None)


def test_who_is_made_reception_is_in_the_trail() -> None:
    user, group = StaffFactory(), Group.objects.get(name="Reception")
    user.groups.add(group)

    entry = last("accounts.user_groups")
    assert (entry.pgh_label, entry.after) == ("insert", {"user": user.pk, "group": group.pk})
    assert key_of(user) in entry.about


@transactional
def test_times_of_the_weekly_schedule_are_not_told_of_when_made_but_when_taken_away() -> None:
    doctor, now = make_doctor(), timezone.now()
    hours = WeeklyRange(
        weekday=0,
        starts=datetime(2026, 1, 1, 9, tzinfo=UTC).time(),
        ends=datetime(2026, 1, 1, 10, tzinfo=UTC).time(),
        length=timedelta(minutes=30),
        buffer=timedelta(0),
        valid_from=now.date(),
    )
    made = schedule.set_weekly_hours(doctor=doctor, ranges=[hours], now=now).created
    assert made > 0
    assert (number_of("doctors.slot", "insert"), number_of("doctors.weeklyhours", "insert")) == (0, 1)

    schedule.set_weekly_hours(doctor=doctor, ranges=[], now=now)
    assert number_of("doctors.slot", "delete") == made


def test_a_time_made_by_hand_is_told_of() -> None:
    slot = make_slot()

    assert slot.source == SlotSource.MANUAL
    assert last("doctors.slot").pgh_label == "insert"


@transactional
def test_of_a_message_it_is_told_that_it_was_sent_again_and_not_each_try() -> None:
    make_booking()
    message = OutgoingMessage.objects.order_by("pk").last()
    assert message is not None
    rows, now = OutgoingMessage.objects.filter(pk=message.pk), timezone.now()
    rows.update(status=MessageStatus.SENDING, lease_until=now, attempts=1)
    rows.update(status=MessageStatus.QUEUED, lease_until=None, last_error="500")
    assert not Entry.objects.filter(model="integrations.outgoingmessage").exists()

    rows.update(status=MessageStatus.FAILED, settled_at=now)
    rows.update(status=MessageStatus.QUEUED, settled_at=None)
    entries = Entry.objects.filter(model="integrations.outgoingmessage").order_by("pk")
    assert [entry.after for entry in entries] == [{"status": "FAILED"}, {"status": "QUEUED"}]


@transactional
def test_an_appointment_goes_by_its_reference() -> None:
    booking = make_booking()
    confirm(booking=booking, by=booking.doctor.user, now=timezone.now())

    entry = last("bookings.booking")
    assert (entry.name, entry.before, entry.after) == (
        booking.reference,
        {"status": "PENDING"},
        {"status": "CONFIRMED"},
    )
    assert {key_of(booking), key_of(booking.patient), key_of(booking.doctor)} <= set(entry.about)


# What is written stays


@pytest.mark.parametrize("change", ["UPDATE audit_entry SET reason = 'x'", "DELETE FROM audit_entry"])
def test_the_database_refuses_to_change_or_delete_an_entry(change: str) -> None:
    make_patient()
    with pytest.raises(DatabaseError, match="Cannot update or delete rows from audit_entry"), transaction.atomic():
        connection.cursor().execute(change)

    assert Entry.objects.exclude(reason="x").exists()


def test_no_method_of_the_model_gets_past_that() -> None:
    make_patient()
    entry = Entry.objects.first()
    assert entry is not None
    entry.reason = "x"
    with pytest.raises(DatabaseError), transaction.atomic():
        entry.save()
    with pytest.raises(DatabaseError), transaction.atomic():
        entry.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.all().update(actor=None)


# What must not be kept

CANARY = "canary-7f3a"


@transactional
def test_nothing_personal_or_clinical_or_secret_is_in_the_trail() -> None:
    patient = make_patient(
        full_name=f"Name {CANARY}",
        username=f"username-{CANARY}",
        email=f"{CANARY}@example.org",
        address=f"Street {CANARY}",
        emergency_contact_name=f"Mother {CANARY}",
        medical_history=f"History {CANARY}",
        allergies=f"Allergies {CANARY}",
        blood_group="AB-",
    )
    booking = book(
        slot_id=make_slot(make_doctor(full_name=f"Doctor {CANARY}", biography=CANARY)).pk,
        patient_ref=PatientRef.of(patient),
        by=patient.user,
        reason=f"Reason {CANARY}",
        notes=f"Notes {CANARY}",
        now=timezone.now(),
    )
    cancel(booking=booking, by=patient.user, reason=f"Cancelled {CANARY}", now=timezone.now())
    PatientProfile.objects.filter(pk=patient.pk).update(allergies=f"More {CANARY}", date_of_birth="1977-07-07")
    User.objects.filter(pk=patient.user_id).update(phone="020 7946 0777", password=f"md5$x${CANARY}")
    Booking.objects.filter(pk=booking.pk).update(notes=f"Other {CANARY}")

    with connection.cursor() as cursor:
        cursor.execute("SELECT entry::text FROM audit_entry AS entry")
        trail = "\n".join(row[0] for row in cursor.fetchall())
    assert [word for word in (CANARY, "1977-07-07", "1990-05-17", "AB-", "020 7946", "md5$") if word in trail] == []
    assert (
        "allergies,date_of_birth" in trail or "date_of_birth,allergies" in trail
    )  # control: that they changed is told
    assert '"status": "CANCELLED"' in trail.replace('""', '"')
