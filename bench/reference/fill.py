"""Makes the reference's tables, people, times and sessions in its database, which must be empty.

Runs as a program with the reference's settings; what it prints is JSON: a session key for each person, the number of
times. They are numbered from 1, turn by turn: the first of every doctor, then the second of every doctor.
"""

from __future__ import annotations

import json
import sys

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from bench.reference.models import PlainBooking, PlainSlot  # noqa: E402

USERS = """
INSERT INTO auth_user (username, email, first_name, last_name, password, is_superuser, is_staff, is_active, date_joined)
SELECT 'p' || n, 'p' || n || '@example.org', 'Patient', 'Number' || n, '!', false, false, true, now()
FROM generate_series(1, %s) n"""
SLOTS = """
INSERT INTO reference_slot (doctor_id, starts_at, ends_at, is_booked)
SELECT doctor, at, at + interval '20 minutes', false
FROM generate_series(1, %s) turn, generate_series(1, %s) doctor,
     LATERAL (SELECT date_trunc('day', now()) + interval '2 days' + interval '1 hour' * turn AS at) moment
ORDER BY turn, doctor"""


def fill(people: int, turns: int) -> list[str]:
    """`people` doctors and as many patients. The sessions of the patients."""
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(PlainSlot)
        editor.create_model(PlainBooking)
    with connection.cursor() as cursor:
        cursor.execute(USERS, [people])
        cursor.execute(SLOTS, [turns, people])
    sessions = [session_of(user) for user in User.objects.order_by("pk")]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    return sessions


def session_of(user: User) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


if __name__ == "__main__":
    json.dump(fill(int(sys.argv[1]), int(sys.argv[2])), sys.stdout)
