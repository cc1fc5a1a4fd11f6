"""How long does the night take: the weekly hours of 1,000 doctors into 90 days of times?

Fills a temporary database with 1,000 doctors of twelve time zones, each with Monday to Friday 9 to 12 and 2 to 5, 20
minutes and 5 minutes' buffer. Prints the first run, which makes every time, and the second, which finds nothing to
do. Run it on two cores (`taskset -c 0,1`); ends with 1 when the first takes more than two minutes.
"""

from __future__ import annotations

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hms_project.settings.demo")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import override_settings  # noqa: E402

from bench.directory import DEPARTMENTS, DOCTORS, USERS, administer, use  # noqa: E402
from core import clock  # noqa: E402
from doctors.schedule import services as schedule  # noqa: E402
from doctors.schedule.services import Outcome  # noqa: E402

NAME = "hms_bench_schedule"
MOST_SECONDS = 120
COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
ZONES = [
    *("Europe/London", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Tokyo"),
    *("Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca", "Africa/Cairo", "Pacific/Chatham", "UTC"),
]
HOURS = """
INSERT INTO doctors_weeklyhours
       (doctor_id, weekday, starts, ends, slot_minutes, buffer_minutes, valid_from, every_weeks)
SELECT p.id, weekday, starts::time, ends::time, 20, 5, current_date - 7, 1
FROM doctors_doctorprofile p, generate_series(0, 4) weekday,
     (VALUES ('09:00', '12:00'), ('14:00', '17:00')) AS hours (starts, ends)"""
IN_ZONES = "UPDATE doctors_doctorprofile SET time_zone = (%(zones)s)[1 + id %% 12]"


def fill() -> None:
    administer(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    administer(f"CREATE DATABASE {NAME}")
    use(NAME)
    call_command("migrate", verbosity=0)
    facts = {"doctors": COUNT, "kinds": 10, "zones": ZONES}
    with connection.cursor() as cursor:
        with transaction.atomic():  # an account without its profile may not be committed
            for statement in (DEPARTMENTS, USERS, DOCTORS, IN_ZONES, HOURS):
                cursor.execute(statement, facts)
        cursor.execute("VACUUM ANALYZE")


def timed() -> tuple[float, Outcome]:
    begin = time.perf_counter()
    outcome = schedule.generate_all(now=clock.now())
    return time.perf_counter() - begin, outcome


# The cache is a table of the database in the demo; `use` clears it before there is one.
@override_settings(CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}})
def main() -> int:
    print(f"Filling {COUNT:,} doctors ...", flush=True)
    try:
        fill()
        first, made = timed()
        print(f"First night:  {first:6.1f} s, {made.created:,} made, {made.created / first:,.0f} a second", flush=True)
        second, again = timed()
    finally:
        administer(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    print(f"Second night: {second:6.1f} s, {again.created:,} made, {again.removed:,} taken out")
    print(f"At most {MOST_SECONDS} s is promised.")
    return 0 if first <= MOST_SECONDS and again == Outcome() else 1


if __name__ == "__main__":
    sys.exit(main())
