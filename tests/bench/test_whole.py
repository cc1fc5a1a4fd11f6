"""The measurements run, from filled databases to what they tell: small ones, of which no figure is looked at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.web_server import COLLECT, ROOT

SMALL = """
import json, sys
from bench import booking, pages, rivals
from bench.http import pace
from bench.http.pace import Pace
from bench.http.servers import both
from bench.http.hospital import booked_in
from bench.http.servers import OURS, booked_at_reference

booking.ROUNDS = booking.ROUNDS_WITH_WORKERS = pages.ROUNDS = rivals.ROUNDS = 1
pace.BOOKINGS = 5
booking.SECONDS = pages.SECONDS_A_ROUND = rivals.CALM_SECONDS = 0.5
rivals.RIVALS, rivals.WARM, pages.WARM_UP, pages.PAGES_A_ROUND = 12, 4, 1, 2
with both() as found:
    there = Pace(found, next=8_000)  # where nothing else is booked
    opened = pages.measured(found, there)
    rush = rivals.measured(found, there)
    # The same patients are not busy at the times rushed for, which are of the first turn as well.
    found.hospital.slots[:] = found.hospital.slots[400:]
    before = booked_in(OURS), booked_at_reference()
    booked = booking.measured(found)
    written = booked_in(OURS) - before[0] + booked_at_reference() - before[1]
json.dump({
    "pages": {page: [one.cpu for one in costs] for page, costs in opened.items()},
    "statuses": [one.statuses for one in [*rush.ours, *rush.reference, *rush.watched]],
    "written": [rush.written, written],
    "read": len(rush.quiet),
    "pace": there.spent,
    "booked": booked.answered_for,
    "with workers": sorted(booked.with_workers[0].cpu),
}, sys.stdout)
"""


def test_small_measurements(tmp_path: Path) -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "hms_project.settings.demo", "HMS_HOME": str(tmp_path)}
    subprocess.run(COLLECT, cwd=ROOT, env=environment, check=True)

    done = subprocess.run(
        [sys.executable, "-c", SMALL], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )

    assert done.returncode == 0, [path.read_text()[-2000:] for path in (tmp_path / "bench" / "log").glob("*.log")]
    told = json.loads(done.stdout.splitlines()[-1])
    spent = [cpu for costs in told["pages"].values() for cpu in costs]
    assert len(spent) == len(told["pages"]) > 10
    assert min(spent) > 0
    assert told["statuses"] == [{"302": 1, "409": 11}] * 3
    assert told["read"] > 0
    assert len(told["pace"]) == 2
    assert min(told["pace"]) > 0
    assert told["written"] == [2, told["booked"]]
    assert told["booked"] > 0
    assert told["with workers"] == ["db", "mail", "web", "worker"]
