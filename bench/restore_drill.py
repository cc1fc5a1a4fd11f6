"""Are 50,000 appointments backed up within 15 seconds while people book, and restored within 60, found equal?

Fills the large hospital (bench/hospital.py) with sealed messages, backs it up while two processes book, and restores
the backup into a database beside it, which compares every row and rule with the manifest. Ends with 1 when one of the
two took longer, or nobody was booked meanwhile.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django

from bookings.rules import PatientRef

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hms_project.settings.demo")
django.setup()

from django.db import connection  # noqa: E402
from django.test import override_settings  # noqa: E402

from bench.directory import administer, use  # noqa: E402
from bench.hospital import hospital  # noqa: E402
from bookings.services.book import book  # noqa: E402
from core import clock  # noqa: E402
from core.backup.restore import restore  # noqa: E402
from core.backup.services import back_up  # noqa: E402
from core.crypto import seal  # noqa: E402
from core.errors import DomainError  # noqa: E402
from doctors.models import Slot  # noqa: E402
from patients.models import PatientProfile  # noqa: E402

NAME, COPY = "hms_bench_drill", "hms_bench_drill_copy"
BOOKINGS = 50_000
BACKUP_SECONDS, RESTORE_SECONDS = 15, 60
PROCESSES = 2


def book_until(stop: Any, share: int, spent: Any) -> None:
    """As patients do, one after the other, through the services."""
    use(NAME)
    now = clock.now()
    free = list(
        Slot.objects.filter(state="FREE", starts_at__gt=now).order_by("pk").values_list("pk", flat=True)[:20_000]
    )
    patients = list(PatientProfile.objects.select_related("user").order_by("pk"))[share::PROCESSES]
    for slot, patient in zip(list(free)[share::PROCESSES], patients, strict=False):
        if stop.is_set():
            break
        began = time.perf_counter()
        try:
            book(slot_id=slot, patient_ref=PatientRef.of(patient), by=patient.user, now=clock.now())
        except DomainError:
            continue
        spent.put(time.perf_counter() - began)


def seal_messages() -> None:
    """The hospital's messages say nothing; a restore opens some of them."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("UPDATE integrations_outgoingmessage SET content = %s", [seal({"data": "x" * 400})])
        cursor.execute("VACUUM (ANALYZE) integrations_outgoingmessage")
    connection.close()


def drill(folder: Path) -> int:
    processes = multiprocessing.get_context("fork")
    stop, spent = processes.Event(), processes.SimpleQueue()
    connection.close()
    crowd = [processes.Process(target=book_until, args=(stop, share, spent)) for share in range(PROCESSES)]
    for process in crowd:
        process.start()
    spent.get()  # they have begun
    began = time.perf_counter()
    made, manifest = back_up(folder, now=clock.now())
    backup_seconds = time.perf_counter() - began
    stop.set()
    waits = []
    while any(process.is_alive() for process in crowd) or not spent.empty():
        if not spent.empty():
            waits.append(spent.get())
    size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file()) / 1e6
    print(
        f"{manifest.rows:,} rows of {len(manifest.tables)} tables, {size:.0f} MB: backed up in {backup_seconds:.1f} s."
    )
    print(f"Meanwhile {len(waits)} booked: median {statistics.median(waits):.2f} s, slowest {max(waits):.2f} s.")
    began = time.perf_counter()
    restore(made, now=clock.now(), into=COPY)
    restore_seconds = time.perf_counter() - began
    print(f"Restored and found equal in {restore_seconds:.1f} s.")
    print(f"At most {BACKUP_SECONDS} s and {RESTORE_SECONDS} s are promised.")
    return 0 if waits and backup_seconds < BACKUP_SECONDS and restore_seconds < RESTORE_SECONDS else 1


# The cache is a table of the site's own database; none is needed here.
@override_settings(CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}})
def main() -> int:
    with hospital(NAME, bookings=BOOKINGS), tempfile.TemporaryDirectory() as folder:
        seal_messages()
        try:
            return drill(Path(folder))
        finally:
            administer(f"DROP DATABASE IF EXISTS {COPY} WITH (FORCE)")


if __name__ == "__main__":
    sys.exit(main())
