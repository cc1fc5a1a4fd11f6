"""What does a long history cost: its pages at ten and at a thousand visits, one record, its PDF, a CSV file of five
thousand?

Prints the medians at our pace; ends with 1 when a page of a thousand visits takes longer than was promised.
"""

from __future__ import annotations

import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hms_project.settings.demo")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.test.utils import CaptureQueriesContext, setup_test_environment  # noqa: E402

from accounts.models import User  # noqa: E402
from bench.directory import administer, use  # noqa: E402
from bench.http.report import Promise, conclude, median, run, table  # noqa: E402
from bookings.models import Booking  # noqa: E402
from clinical import selectors  # noqa: E402
from clinical.documents.history_csv import history_chunks  # noqa: E402
from clinical.links import history_url, own_records_url, pdf_url, record_url  # noqa: E402
from clinical.tests.many import many_records  # noqa: E402
from core import clock  # noqa: E402
from doctors.tests.factories import make_doctor  # noqa: E402
from patients.models import PatientProfile  # noqa: E402
from patients.tests.factories import make_patient  # noqa: E402

NAME = "hms_bench_records"
SIZES = (10, 1_000, 5_000)
CALLS = 15
MOST_MS = 100.0


def measured(user: User, address: str, *, calls: int = CALLS) -> tuple[float, int]:
    """The median of some calls in milliseconds, and how often the database is asked."""
    client, spent = Client(), []
    client.force_login(user)
    for _ in range(calls):
        begin = time.perf_counter()
        assert client.get(address).status_code == 200, address
        spent.append((time.perf_counter() - begin) * 1000)
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return median(spent), len(captured)


def pages_of(count: int) -> tuple[list[list[str | float]], PatientProfile]:
    doctor, patient = make_doctor(), make_patient()
    many_records(doctor, patient, count)
    last = Booking.objects.select_related("treatment_record").filter(patient=patient).latest("starts_at")
    pages = {
        "history, its doctor": (doctor.user, history_url(patient)),
        "records, the patient": (patient.user, own_records_url(patient)),
        "one record": (patient.user, record_url(last)),
        "its PDF": (patient.user, pdf_url(last.treatment_record)),
    }
    return [[what, count, *measured(*page)] for what, page in pages.items()], patient


def exported(patient: PatientProfile) -> float:
    """Seconds for the file of a whole history."""
    begin = time.perf_counter()
    records = selectors.newest_first(selectors.records_visible_to(patient.user, clock.now()), patient)
    size = sum(map(len, history_chunks(records)))
    assert size > 1_000_000
    return time.perf_counter() - begin


def main() -> int:
    setup_test_environment()
    administer(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    administer(f"CREATE DATABASE {NAME}")
    try:
        use(NAME)
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        with override_settings(ALLOWED_HOSTS=["testserver"]):
            rows: list[list[str | float]] = []
            for count in SIZES:
                found, patient = pages_of(count)
                rows += found
            seconds = exported(patient)
    finally:
        administer(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    table(["page", "visits", "ms", "queries"], rows)
    print(f"A CSV file of {SIZES[-1]:,} visits: {seconds:.1f} s.")
    slowest = max(float(row[2]) for row in rows if row[1] == 1_000)
    promise = Promise(said="a page of a patient with 1,000 visits, ms", found=slowest, most=MOST_MS)
    return conclude("records", {f"{row[0]}, {row[1]} visits": row[2:] for row in rows}, [promise])


if __name__ == "__main__":
    run(main)
