"""What does the desk's list of invoices cost at a hundred thousand: each state by itself, and narrowed by each filter?

Prints the medians at our pace; ends with 1 when a page takes longer than a second.
"""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hms_project.settings.demo")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.test import override_settings  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402

from bench.directory import administer, use  # noqa: E402
from bench.http.report import Promise, conclude, run, table  # noqa: E402
from bench.records import measured  # noqa: E402
from billing.choices import InvoiceState, Method  # noqa: E402
from billing.desk.choices import InvoiceAge, InvoiceFilters  # noqa: E402
from billing.desk.list_page import list_url  # noqa: E402
from billing.tests.factories import make_clerk  # noqa: E402
from billing.tests.many import many_invoices  # noqa: E402
from doctors.tests.factories import make_doctor  # noqa: E402
from patients.tests.factories import make_patient  # noqa: E402

NAME = "hms_bench_billing"
COUNT = 100_000
PATIENTS, DOCTORS = 20, 8
MOST_MS = 1_000.0


def addresses(doctor: str, name: str) -> dict[str, str]:
    """Every state, alone and with each of the other filters."""
    narrowed = {
        "": {},
        **{f"paid by {method}": {"method": str(method)} for method in (Method.CASH, Method.INSURANCE, Method.ONLINE)},
        **{f"issued {age}": {"age": str(age)} for age in (InvoiceAge.WITHIN_30, InvoiceAge.OVER_90)},
        "of a doctor": {"doctor": doctor},
        "of a number": {"q": f"MANY-2026-{COUNT - 1:06d}"},
        "of a name": {"q": name},
        "of nobody": {"q": "xylophone"},
    }
    return {
        f"{state or 'all'} {words}".strip(): list_url(InvoiceFilters(state=state, **facts))
        for state in ("", *InvoiceState.values)
        for words, facts in narrowed.items()
    }


def main() -> int:
    setup_test_environment()
    administer(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    administer(f"CREATE DATABASE {NAME}")
    try:
        use(NAME)
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        clerk, doctors = make_clerk(), [make_doctor() for _ in range(DOCTORS)]
        patients = [make_patient() for _ in range(PATIENTS)]
        many_invoices(patients, doctors, by=clerk, count=COUNT)
        with override_settings(ALLOWED_HOSTS=["testserver"]):
            pages = addresses(doctors[0].slug, patients[0].full_name)
            rows: list[list[str | float]] = [
                [what, *measured(clerk, address, calls=5)] for what, address in pages.items()
            ]
    finally:
        administer(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    table(["list", "ms", "queries"], rows)
    slowest = max(float(row[1]) for row in rows)
    promise = Promise(said=f"a page of {COUNT:,} invoices, ms", found=slowest, most=MOST_MS)
    return conclude("billing", {str(row[0]): row[1:] for row in rows}, [promise])


if __name__ == "__main__":
    run(main)
