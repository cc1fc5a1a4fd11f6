"""A hospital of the size we promise speed for, in a temporary database; the measurements that need one share it.

1,000 doctors of ten departments, 20,000 patients, about 880,000 times from 98 days ago to 29 days ahead, 100,000
appointments, every status among them, with their history, 1,000 wishes on waiting lists and 200,000 messages.

    with hospital("hms_bench_admin"):
        ...                        # the connection of this process leads there
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection

from bench.directory import DEPARTMENTS, DOCTORS, USERS, administer, use

DOCTOR_COUNT = 1_000
PATIENT_COUNT = 20_000
BOOKING_COUNT = 100_000
MESSAGE_COUNT = 200_000
FIRST_DAY, LAST_DAY = -98, 29
TIMES_A_DAY = 8
# Times in which somebody was booked: of each thousand. Together a few more than are taken by BOOKING_COUNT.
BOOKED_PER_THOUSAND = 120

PATIENT_USERS = """
INSERT INTO accounts_user (username, email, full_name, search_name, role, phone, password,
                           is_superuser, is_staff, is_active, email_verified, date_joined)
SELECT 'p' || n, 'p' || n || '@example.org', 'Patient Number' || n, 'patient number' || n, 'PATIENT',
       '020 79' || lpad(n::text, 6, '0'), '!', false, false, true, true, now() - interval '1 day' * (n %% 400)
FROM generate_series(1, %(patients)s) n"""
PATIENTS = """
INSERT INTO patients_patientprofile (user_id, own_name, own_search_name, relationship, own_phone, own_email,
       date_of_birth, blood_group, address, emergency_contact_name, emergency_contact_phone, medical_history,
       allergies, created_at)
SELECT id, '', '', '', '', '', date '1950-01-01' + (id %% 25000)::int, '', '', '', '', '', '', date_joined
FROM accounts_user WHERE role = 'PATIENT'"""
SLOTS = """
INSERT INTO doctors_slot (id, doctor_id, starts_at, ends_at, state, source, created_at)
SELECT gen_random_uuid(), p.id, at, at + interval '20 minutes', 'FREE', 'WEEKLY', now()
FROM generate_series(%(first)s, %(last)s) day, doctors_doctorprofile p, generate_series(0, %(times)s - 1) n,
     LATERAL (SELECT ((current_date + day) + time '09:00' + interval '1 hour' * n
                      + interval '1 minute' * (p.id %% 40)) AT TIME ZONE 'Europe/London' AS at) moment
WHERE extract(isodow FROM current_date + day) < 7"""
# Of a hundred: in the past 78 completed, 10 did not attend, 12 cancelled; ahead 70 confirmed, 18 pending, 12 cancelled.
BOOKINGS = r"""
INSERT INTO bookings_booking (uid, reference, slot_id, doctor_id, patient_id, booked_by_id, starts_at, ends_at, status,
       fee_cents, attention, reason, notes, cancelled_at, cancelled_by_id, cancellation_reason, calendar_uid,
       calendar_sequence, doctor_event_id, patient_event_id, calendar_note, request_fingerprint, created_at)
SELECT gen_random_uuid(), upper(regexp_replace(lpad(to_hex(number), 8, 'h'), '(....)(....)', '\1-\2')), id, doctor_id,
       profile, user_id, starts_at, ends_at, status, 10000, '', 'A cough that stays', '',
       CASE WHEN status = 'CANCELLED' THEN starts_at - interval '1 hour' * (1 + dice %% 60) END,
       CASE WHEN status = 'CANCELLED' THEN user_id END, '', gen_random_uuid(), 0, '', '', '', '',
       starts_at - interval '1 day' * (dice %% 45) - interval '70 hours'
FROM (SELECT *, CASE WHEN dice %% 100 < 12 THEN 'CANCELLED'
                     WHEN starts_at < now() THEN CASE WHEN dice %% 100 < 22 THEN 'NO_SHOW' ELSE 'COMPLETED' END
                     ELSE CASE WHEN dice %% 100 < 30 THEN 'PENDING' ELSE 'CONFIRMED' END END AS status
      FROM (SELECT s.*, row_number() OVER () AS number, abs(hashtext(id::text)) / 1000 AS dice
            FROM doctors_slot s WHERE abs(hashtext(id::text)) %% 1000 < %(booked)s
            LIMIT %(bookings)s) picked) rolled
JOIN (SELECT id AS profile, user_id, row_number() OVER () - 1 AS place FROM patients_patientprofile) patient
     ON patient.place = dice %% %(patients)s"""
BOOKED = """
UPDATE doctors_slot SET state = 'BOOKED'
WHERE id IN (SELECT slot_id FROM bookings_booking WHERE status <> 'CANCELLED')"""
# Every fourth of the cancelled ones was moved: the next appointment of its doctor took its place.
MOVED = """
UPDATE bookings_booking new SET moved_from_id = old.id
FROM (SELECT id, lead(id) OVER (PARTITION BY doctor_id ORDER BY starts_at) AS next, status FROM bookings_booking) old
WHERE old.next = new.id AND old.status = 'CANCELLED' AND old.id %% 4 = 0 AND new.status <> 'CANCELLED'"""
CHANGES = """
INSERT INTO bookings_bookingstatuschange (booking_id, from_status, to_status, by_id, reason, at)
SELECT id, '', 'PENDING', booked_by_id, '', created_at FROM bookings_booking
UNION ALL
SELECT id, 'PENDING', status, booked_by_id, '', coalesce(cancelled_at, created_at) FROM bookings_booking
WHERE status <> 'PENDING'"""
WAITING = """
INSERT INTO bookings_waitingentry (id, patient_id, doctor_id, asked_by_id, first_day, last_day, weekdays, earliest,
       latest, state, created_at)
SELECT gen_random_uuid(), patient.id, doctor.id, patient.user_id, current_date, current_date + 30,
       '{0,1,2,3,4,5,6}', '00:00', '23:59', 'WAITING', now() - interval '1 hour' * (patient.id %% 700)
FROM (SELECT id, user_id, row_number() OVER () AS place FROM patients_patientprofile) patient
JOIN (SELECT id, row_number() OVER () AS place FROM doctors_doctorprofile) doctor USING (place)"""
MESSAGES = """
INSERT INTO integrations_outgoingmessage (message_id, channel, action, content, dedupe_key, stream, status, attempts,
       due_at, last_error, created_at, settled_at)
SELECT gen_random_uuid(), 'EMAIL', 'APPOINTMENT_BOOKED', repeat(md5(n::text), 20), 'bench:' || n, 'booking:' || n,
       CASE WHEN n %% 2000 = 0 THEN 'FAILED' WHEN n %% 5000 = 1 THEN 'QUEUED' ELSE 'SENT' END, 1, at, '', at,
       CASE WHEN n %% 5000 <> 1 THEN at + interval '2 seconds' END
FROM generate_series(1, %(messages)s) n,
     LATERAL (SELECT now() - interval '100 days' * random() AS at) moment"""


def fill(name: str, *, bookings: int = BOOKING_COUNT, booked: int = BOOKED_PER_THOUSAND) -> None:
    """Make the database `name` anew; the connection leads there afterwards. `booked`: of each thousand times."""
    administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    administer(f"CREATE DATABASE {name}")
    use(name)
    call_command("migrate", verbosity=0)
    facts = {"doctors": DOCTOR_COUNT, "patients": PATIENT_COUNT, "kinds": 10, "bookings": bookings}
    facts |= {"first": FIRST_DAY, "last": LAST_DAY, "times": TIMES_A_DAY, "booked": booked}
    facts |= {"messages": MESSAGE_COUNT}
    # Patients after doctors: the statement that makes doctors' profiles takes every account there is.
    people = (DEPARTMENTS, USERS, DOCTORS, PATIENT_USERS, PATIENTS)
    rest = (SLOTS, BOOKINGS, BOOKED, MOVED, CHANGES, WAITING, MESSAGES)
    with connection.cursor() as cursor:
        # Checked and kept as history row by row it would take many minutes, and no reading asks for that.
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("ALTER TABLE doctors_slot DROP CONSTRAINT slot_no_overlap")
        cursor.execute("ALTER TABLE bookings_booking DROP CONSTRAINT booking_patient_no_overlap")
        for statement in (*people, *rest):
            cursor.execute(statement, facts)
        cursor.execute("VACUUM (ANALYZE)")
    connection.close()  # the next one begins with the settings of every other


@contextmanager
def hospital(name: str, *, bookings: int = BOOKING_COUNT, booked: int = BOOKED_PER_THOUSAND) -> Iterator[None]:
    """The database `name`, filled, for as long as the block runs."""
    print(f"Filling {DOCTOR_COUNT:,} doctors, {PATIENT_COUNT:,} patients, {bookings:,} appointments ...", flush=True)
    try:
        fill(name, bookings=bookings, booked=booked)
        yield
    finally:
        administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
