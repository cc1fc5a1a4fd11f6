"""What does a PDF cost: the first of a process, the next, and forty by four threads?

Makes the page of a record with every text its own, in Latin letters alone and in those of eight scripts. Ends with 1
when a page costs more than was promised.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hms_project.settings.demo")
django.setup()

from bench.http.report import Promise, conclude, median, run, table  # noqa: E402
from core.tests.pdf.sample import sample_pdf  # noqa: E402

PAGES, THREADS, TOGETHER = 100, 4, 40
MOST_MS = 100.0
NOTES = {
    "Latin letters": "Blood pressure {}/95, no complaints. " * 20,
    "eight scripts": "Patient {}: प्रिया\n患者血压\n直角の骨です\n환자는 45세\nผู้ป่วย\nضغط الدم 150/95\nრეცეპტი\nታካሚ",
}


def milliseconds(make: Callable[[], object]) -> float:
    before = time.perf_counter()
    make()
    return (time.perf_counter() - before) * 1000


def megabytes() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def page_of(notes: str, number: int) -> Callable[[], bytes]:
    return lambda: sample_pdf(notes=notes.replace("{}", str(number)), patient=f"Patient {number}")


def main() -> int:
    before = megabytes()
    rows: list[list[str | float]] = []
    for kind, notes in NOTES.items():
        first = milliseconds(page_of(notes, 0))
        next_ = median(milliseconds(page_of(notes, number)) for number in range(1, PAGES))
        with ThreadPoolExecutor(THREADS) as threads:
            pages = [page_of(notes, PAGES + number) for number in range(TOGETHER)]
            together = milliseconds(lambda pages=pages: list(threads.map(lambda make: make(), pages)))
        size = len(page_of(notes, 0)()) / 1000
        rows.append([kind, first, next_, together, size])
    table(["", "first, ms", "next, ms", f"{TOGETHER} by {THREADS} threads, ms", "kB"], rows)
    print(f"The process grew by {megabytes() - before:.0f} MB.")
    promises = [Promise(said=f"a page of {row[0]}, ms", found=float(row[2]), most=MOST_MS) for row in rows]
    return conclude("pdf", {str(kind): figures for kind, *figures in rows}, promises)


if __name__ == "__main__":
    run(main)
