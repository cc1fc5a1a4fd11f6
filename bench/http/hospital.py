"""A hospital that people book at, in a temporary database: 400 doctors, 400 patients who are signed in.

Each patient has 20 appointments behind them and 5 to come; 40 doctors and the desk have a day of 240 appointments
today; each doctor has 90 free times that nobody's appointment overlaps. Read and written directly, without triggers,
then used over HTTP alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.management import call_command
from django.db import connection
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.test import override_settings

from accounts.drafts import services as drafts
from accounts.models import User
from accounts.services import create_staff
from bench.directory import DEPARTMENTS, DOCTORS, USERS, administer, use
from bench.hospital import PATIENT_USERS, PATIENTS
from bookings.choices import Status
from doctors.choices import SlotState

PEOPLE = 400
TIMES_A_DAY = 6
PAST_DAYS, COMING_DAYS, FREE_DAYS = 20, 5, 15
TURNS = TIMES_A_DAY * FREE_DAYS  # free times of each doctor
CACHE_TABLE = "hms_cache"
REASON = "A cough that stays"
# The cache is a table of the database being filled; the command that fills it needs none.
IN_MEMORY = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

ADDRESSES = """
INSERT INTO account_emailaddress (user_id, email, verified, "primary")
SELECT id, email, true, true FROM accounts_user"""
# A doctor's times begin at their own minute of the same hours: two turns never overlap, whoever's they are.
SLOTS = """
INSERT INTO doctors_slot (id, doctor_id, starts_at, ends_at, state, source, closed_by_calendar, created_at)
SELECT gen_random_uuid(), p.id, at, at + interval '20 minutes', 'FREE', 'WEEKLY', false, now()
FROM generate_series(%(first)s, %(last)s) day, generate_series(0, %(times)s - 1) n, doctors_doctorprofile p,
     LATERAL (SELECT ((current_date + day) + time '09:00' + interval '1 hour' * n
                      + interval '1 minute' * (p.id %% 40)) AT TIME ZONE %(zone)s AS at) moment"""
# Patient i sees doctor (i + day), at hour (i): on one day no two patients meet, and nobody is in two places.
BOOKINGS = r"""
INSERT INTO bookings_booking (uid, reference, slot_id, doctor_id, patient_id, booked_by_id, starts_at, ends_at, status,
       fee_cents, attention, reason, notes, cancellation_reason, calendar_uid, calendar_sequence, doctor_event_id,
       patient_event_id, calendar_note, request_fingerprint, created_at)
SELECT gen_random_uuid(),
       upper(regexp_replace(lpad(to_hex(%(number)s + row_number() OVER ()), 8, 'h'), '(....)(....)', '\1-\2')),
       slot.id, slot.doctor_id, patient.profile, patient.user_id, slot.starts_at, slot.ends_at, %(status)s, 10000, '',
       %(reason)s, '', '', gen_random_uuid(), 0, '', '', '', '', least(slot.starts_at, now()) - interval '9 days'
FROM (SELECT id AS profile, user_id, row_number() OVER (ORDER BY id) - 1 AS i FROM patients_patientprofile) patient
CROSS JOIN generate_series(%(first)s, %(last)s) day
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS i FROM doctors_doctorprofile) doctor
     ON doctor.i = CASE WHEN day = 0 THEN patient.i %% 40 ELSE (patient.i + day + 100) %% %(people)s END
JOIN doctors_slot slot
     ON slot.doctor_id = doctor.id AND slot.starts_at =
        ((current_date + day::int) + time '09:00' + interval '1 minute' * (doctor.id %% 40)
         + interval '1 hour' * (CASE WHEN day = 0 THEN patient.i / 40 ELSE patient.i %% %(times)s END))
        AT TIME ZONE %(zone)s
WHERE day <> 0 OR patient.i < 40 * %(times)s"""
BOOKED = "UPDATE doctors_slot SET state = %(booked)s WHERE id IN (SELECT slot_id FROM bookings_booking)"
UNUSED = "DELETE FROM doctors_slot WHERE starts_at < current_date AND state <> %(booked)s"
CHANGES = """
INSERT INTO bookings_bookingstatuschange (booking_id, from_status, to_status, by_id, reason, at)
SELECT id, '', 'PENDING', booked_by_id, '', created_at FROM bookings_booking
UNION ALL
SELECT id, 'PENDING', status, booked_by_id, '', created_at + interval '1 hour' FROM bookings_booking"""
SETTLED = "UPDATE integrations_outgoingmessage SET status = 'SENT', settled_at = now() WHERE status = 'QUEUED'"
FREE = """
SELECT slot.id::text, doctor.slug
FROM doctors_slot slot
JOIN (SELECT id, slug, row_number() OVER (ORDER BY id) - 1 AS i FROM doctors_doctorprofile) doctor
     ON doctor.id = slot.doctor_id
WHERE slot.state = 'FREE' AND slot.starts_at >= current_date + 6
ORDER BY row_number() OVER (PARTITION BY slot.doctor_id ORDER BY slot.starts_at), doctor.i"""


@dataclass(frozen=True)
class FreeSlot:
    """A free time, and the address of its doctor's page."""

    id: str
    doctor: str


@dataclass(frozen=True)
class Browser:
    """Somebody's cookies, the token that is in each form they are shown, and whose page it says it is on."""

    cookies: str
    token: str
    mark: str = ""


@dataclass(frozen=True)
class Hospital:
    """`slots` turn by turn: the first of each doctor, then the second; `booked` appointments are there already."""

    patients: list[Browser]
    doctors: list[Browser]
    desk: Browser
    slots: list[FreeSlot]
    booked: int


def browser(cookie: str, session: str) -> Browser:
    """A session's, with a token as Django makes them."""
    request = HttpRequest()
    token = get_token(request)
    return Browser(f"{cookie}={session}; {settings.CSRF_COOKIE_NAME}={request.META['CSRF_COOKIE']}", token)


def sign_in(user: User) -> Browser:
    """Through the product's own sessions, so that every request passes all that it meets in life."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save(must_create=True)
    return replace(browser(settings.SESSION_COOKIE_NAME, store.session_key), mark=drafts.mark_of(user))


def booking_form(who: Browser, slot: FreeSlot, key: str) -> tuple[str, str]:
    """The address and the body that the page "Check your answers" sends."""
    typed = {"reason": REASON, "notes": "", "doctor": slot.doctor, "idempotency_key": key, drafts.FIELD: who.mark}
    return f"/bookings/new/?slot={slot.id}", urlencode({"csrfmiddlewaretoken": who.token, **typed})


@override_settings(CACHES=IN_MEMORY)
def fill(name: str) -> Hospital:
    """Make the database `name` anew. The connection of this process leads there afterwards."""
    administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    administer(f"CREATE DATABASE {name}")
    use(name)
    call_command("migrate", verbosity=0)
    _fill_tables()
    connection.close()  # the next one begins with the settings of every other
    desk = create_staff(username="desk", email="desk@example.org", password=None, full_name="Desk", is_superuser=True)
    people = User.objects.order_by("pk")
    found = Hospital(
        patients=[sign_in(user) for user in people.filter(role="PATIENT")],
        doctors=[sign_in(user) for user in people.filter(role="DOCTOR")[:40]],
        desk=sign_in(desk),
        slots=[FreeSlot(*row) for row in _rows(FREE)],
        booked=booked_in(name),
    )
    connection.close()
    return found


def _fill_tables() -> None:
    facts = {"doctors": PEOPLE, "patients": PEOPLE, "people": PEOPLE, "kinds": 10, "times": TIMES_A_DAY}
    facts |= {"zone": settings.TIME_ZONE, "reason": REASON, "booked": SlotState.BOOKED}
    facts |= {"first": -PAST_DAYS, "last": COMING_DAYS + FREE_DAYS}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET session_replication_role = replica")
        for statement in (DEPARTMENTS, USERS, DOCTORS, PATIENT_USERS, PATIENTS, ADDRESSES, SLOTS):
            cursor.execute(statement, facts)
        for number, (first, last, status) in enumerate(
            [(-PAST_DAYS, -1, Status.COMPLETED), (0, 0, Status.CONFIRMED), (1, COMING_DAYS, Status.CONFIRMED)]
        ):
            cursor.execute(BOOKINGS, facts | {"first": first, "last": last, "status": status, "number": number << 20})
        for statement in (BOOKED, UNUSED, CHANGES):
            cursor.execute(statement, facts)
        cursor.execute("VACUUM (ANALYZE)")
    call_command("createcachetable", CACHE_TABLE, verbosity=0)


def _rows(statement: str) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


@override_settings(CACHES=IN_MEMORY)
def booked_in(name: str, slot_id: str | None = None) -> int:
    """How many appointments there are, cancelled ones aside; of one time, if it is named."""
    use(name)
    where = "" if slot_id is None else f"AND slot_id = '{slot_id}'"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM bookings_booking WHERE status <> 'CANCELLED' {where}")
        found = int(cursor.fetchone()[0])
    connection.close()
    return found


@override_settings(CACHES=IN_MEMORY)
def settle_messages(name: str) -> None:
    """As if all mail had been sent by now: what is sent from here on is of what is booked from here on."""
    use(name)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(SETTLED)
    connection.close()
