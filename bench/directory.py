"""Do the directory and a doctor's page cost the same at a hundred times the size?

Fills two temporary databases, 10 doctors with 1,000 times and 10,000 doctors with 1,000,000 (half of each past,
a quarter of the coming ones booked), and asks the same pages of both in turns, so that what else the machine
does falls on both. Prints the medians and their ratio; ends with 1 when a ratio is above 1.2.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hms_project.settings.demo")
django.setup()

from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.test.utils import CaptureQueriesContext, setup_test_environment  # noqa: E402

from core import clock  # noqa: E402
from doctors import selectors  # noqa: E402
from doctors.directory.selectors import directory  # noqa: E402

MOST = 1.2
ROUNDS = 9
CALLS = 12
PER_PAGE = 10
SIZES = {"hms_bench_small": (10, 1_000), "hms_bench_large": (10_000, 1_000_000)}

DEPARTMENTS = """
INSERT INTO doctors_department (name, slug, description)
SELECT 'Department ' || n, 'department-' || n, '' FROM generate_series(0, %(kinds)s - 1) n"""
USERS = """
INSERT INTO accounts_user (username, email, full_name, search_name, role, phone, password,
                           is_superuser, is_staff, is_active, email_verified, date_joined)
SELECT 'u' || n, 'u' || n || '@example.org', 'Doctor Number' || n, 'doctor number' || n, 'DOCTOR', '', '!',
       false, false, true, true, now() FROM generate_series(1, %(doctors)s) n"""
DOCTORS = """
INSERT INTO doctors_doctorprofile (user_id, slug, department_id, specialization, search_specialization, qualification,
       licence_number, years_of_experience, consultation_fee_cents, biography, room, is_accepting,
       confirms_automatically, marks_no_shows, time_zone, rating_count, rating_sum, approved_at, created_at)
SELECT u.id, 'doctor-' || u.id, d.id,
       'Specialty ' || abs(hashint8(u.id + 7)) %% %(kinds)s, 'specialty ' || abs(hashint8(u.id + 7)) %% %(kinds)s,
       'MD', 'L' || u.id, 10, 10000, '', '', true, false, false, 'Europe/London', 0, 0, now(), now()
FROM accounts_user u JOIN doctors_department d ON d.slug = 'department-' || abs(hashint8(u.id)) %% %(kinds)s"""
SLOTS = """
INSERT INTO doctors_slot (id, doctor_id, starts_at, ends_at, state, source, created_at)
SELECT gen_random_uuid(), p.id, at, at + interval '20 minutes',
       CASE WHEN abs(hashint8(n * 1000000 + p.id)) %% 4 = 0 AND n > 0 THEN 'BOOKED' ELSE 'FREE' END, 'WEEKLY', now()
FROM doctors_doctorprofile p, generate_series(%(first)s, %(last)s) n,
     LATERAL (SELECT date_trunc('hour', now()) + interval '1 hour' * n
                     + interval '1 minute' * (abs(hashint8(p.id + 13)) %% 40) AS at) moment"""


def use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
    if "hms_cache" in connection.introspection.table_names():  # one just made has none yet
        cache.clear()


def administer(statement: str) -> None:
    use("postgres")
    with connection.cursor() as cursor:
        cursor.execute(statement)


def fill(name: str, doctors: int, slots: int) -> None:
    administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    administer(f"CREATE DATABASE {name}")
    use(name)
    call_command("migrate", verbosity=0)
    half = slots // doctors // 2
    kinds = 1 if doctors == PER_PAGE else 10  # a filter leaves a full page of ten in both: equal pages are compared
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        # Checked row by row it would take minutes; no reading uses it, and these times do not overlap.
        cursor.execute("ALTER TABLE doctors_slot DROP CONSTRAINT slot_no_overlap")
        facts = {"doctors": doctors, "first": -half, "last": half - 1, "kinds": kinds}
        with transaction.atomic():  # an account without its profile may not be committed
            for statement in (DEPARTMENTS, USERS, DOCTORS, SLOTS):
                cursor.execute(statement, facts)
        cursor.execute("VACUUM ANALYZE")


def a_doctor() -> str:
    return selectors.listed_doctors().order_by("pk")[4].slug


def directory_read() -> object:
    return directory(now=clock.now())


def times_read() -> object:
    doctor = selectors.doctor_by_slug(a_doctor())
    assert doctor is not None
    return selectors.free_days(doctor, clock.now())


def page(address: str) -> Callable[[], object]:
    client = Client()

    def get() -> object:
        response = client.get(address)
        assert response.status_code == 200, (address, response.status_code)
        return response

    return get


def reads() -> dict[str, Callable[[], object]]:
    return {
        "directory, read": directory_read,
        "directory by department, read": lambda: directory(department="department-0", now=clock.now()),
        "free times of a doctor, read": times_read,
        "directory, page": page("/doctors/"),
        "directory by specialization, page": page("/doctors/?specialization=Specialty+0"),
        "directory by date, page": page(f"/doctors/?before={clock.hospital_day(clock.now()) + timedelta(days=3)}"),
        "doctor, page": page(f"/doctors/{a_doctor()}/"),
        "doctor's times, partial": page(f"/doctors/{a_doctor()}/times/"),
    }


def measured(read: Callable[[], object]) -> float:
    """The median of some calls, in milliseconds."""
    spent = []
    for _ in range(CALLS):
        begin = time.perf_counter()
        read()
        spent.append((time.perf_counter() - begin) * 1000)
    return statistics.median(spent)


def queries(read: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        read()
    return len(captured)


# The cache is a table of the same database; in memory here, because two databases take turns.
# Pages are rendered each time.
@override_settings(
    CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    ALLOWED_HOSTS=["testserver"],
    MICRO_CACHE_SECONDS=0,
)
def main() -> int:
    setup_test_environment(debug=False)
    try:
        for name, (doctors, slots) in SIZES.items():
            print(f"Filling {doctors:,} doctors with {slots:,} times ...", flush=True)
            fill(name, doctors, slots)
        return report(*measure())
    finally:
        for name in SIZES:
            administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def measure() -> tuple[dict[str, dict[str, list[float]]], dict[str, dict[str, int]]]:
    """By label and database: the medians of all rounds in milliseconds, and the number of queries."""
    found: dict[str, dict[str, list[float]]] = {}
    counts: dict[str, dict[str, int]] = {}
    for _ in range(ROUNDS):
        for name in SIZES:
            use(name)
            for label, read in reads().items():
                read()  # connects, fills the cache
                counts.setdefault(label, {})[name] = queries(read)
                found.setdefault(label, {}).setdefault(name, []).append(measured(read))
    return found, counts


def report(found: dict[str, dict[str, list[float]]], counts: dict[str, dict[str, int]]) -> int:
    print(f"{'':36}{'small':>10}{'large':>10}{'ratio':>8}   queries")
    worst = 0.0
    for label, times in found.items():
        small, large = (statistics.median(times[name]) for name in SIZES)
        worst = max(worst, large / small)
        said = "/".join(str(counts[label][name]) for name in SIZES)
        print(f"{label:36}{small:8.2f}ms{large:8.2f}ms{large / small:8.2f}   {said}")
    print(f"Largest ratio {worst:.2f}; at most {MOST} is promised.")
    return 0 if worst <= MOST else 1


if __name__ == "__main__":
    sys.exit(main())
