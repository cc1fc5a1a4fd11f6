"""Long histories for tests and measurements: rows by one statement for each table, with all constraints in force."""

from __future__ import annotations

from django.db import connection

from doctors.models import DoctorProfile
from patients.models import PatientProfile

_SLOTS = """
INSERT INTO doctors_slot (id, doctor_id, starts_at, ends_at, state, source, created_at)
SELECT gen_random_uuid(), %(doctor)s, at, at + interval '20 minutes', 'BOOKED', 'SINGLE', at - interval '2 days'
FROM generate_series(1, %(count)s) n,
     LATERAL (SELECT timestamptz '2026-07-01 09:00Z' - interval '12 hours' * n AS at) moment"""
_BOOKINGS = r"""
INSERT INTO bookings_booking (uid, reference, slot_id, doctor_id, patient_id, booked_by_id, starts_at, ends_at, status,
       fee_cents, attention, reason, notes, cancellation_reason, calendar_uid, calendar_sequence, doctor_event_id,
       patient_event_id, calendar_note, request_fingerprint, created_at)
SELECT gen_random_uuid(),
       translate(lpad(to_hex(n), 4, '0') || '-' || lpad(to_hex(%(patient)s), 4, '0'), '01abcdef', 'BCDFGHJK'),
       id, doctor_id, %(patient)s, %(account)s, starts_at, ends_at, 'COMPLETED', 10000, '', '', '', '',
       gen_random_uuid(), 0, '', '', '', '', starts_at - interval '1 day'
FROM (SELECT *, row_number() OVER (ORDER BY starts_at) AS n FROM doctors_slot WHERE doctor_id = %(doctor)s) slot"""
_RECORDS = """
INSERT INTO clinical_treatmentrecord (id, booking_id, created_at)
SELECT gen_random_uuid(), id, ends_at FROM bookings_booking WHERE patient_id = %(patient)s"""
_VERSIONS = """
INSERT INTO clinical_treatmentrecordversion (record_id, number, author_id, signed_at, reason, diagnosis, notes,
       medications, instructions)
SELECT record.id, 1, %(author)s, record.created_at, '', 'Visit of ' || record.created_at, repeat('Chest clear. ', 40),
       '[{"name": "Amoxicillin", "dose": "500 mg", "frequency": "daily"}]', 'Rest.'
FROM clinical_treatmentrecord record JOIN bookings_booking booking ON booking.id = record.booking_id
WHERE booking.patient_id = %(patient)s"""


def many_records(doctor: DoctorProfile, patient: PatientProfile, count: int) -> None:
    """`count` visits twelve hours apart, each with its signed record, of a doctor and a patient who have none."""
    facts = {"doctor": doctor.pk, "author": doctor.user_id, "patient": patient.pk, "count": count}
    facts["account"] = patient.account.pk if patient.account else None
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for statement in (_SLOTS, _BOOKINGS, _RECORDS, _VERSIONS):
            cursor.execute(statement, facts)
        cursor.execute("RESET statement_timeout")
