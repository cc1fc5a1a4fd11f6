"""`python3 run.py test fast`: a pytest plugin for daily work. The whole suite stays the one that counts.

It leaves out what is named below, which is not even read, and says so; and it keeps the test databases from one run to
the next: they are named after the migrations, so that a changed migration gets a new one, and made anew when the last
run was killed and may have left rows behind.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Browsers; crowds of threads and processes; storms of faults; whole copies of the system, of its database, of its demo;
# walks through every page, message and field there is; and the files that take longest.
SLOW_LANE = (
    "tests/journeys/",
    "tests/html/",
    "tests/backup/",
    "tests/concurrency/",
    "tests/faults/",
    "tests/hardening/",
    "tests/bootstrap/",
    "tests/staff_room/",
    "tests/audit/",
    "tests/contracts/",
    "tests/calendars/",
    "tests/bench/test_reference.py",
    "tests/bench/test_whole.py",
    "tests/architecture/test_url_matrix.py",
    "tests/architecture/test_settings.py",
    "sample_data/tests/test_load_demo.py",
    "sample_data/tests/test_loaded_demo.py",
    "sample_data/tests/test_past.py",
    "core/tests/postgres/test_embedded.py",
    "email_service/tests/test_serverless_offline.py",
    # Files that take longest, as the whole suite's `--durations` say: more than eight seconds each on two processors.
    "accounts/tests/second_factor/test_second_factor.py",
    "accounts/tests/signing_in/test_throttling.py",
    "bookings/tests/desk/test_at_night.py",
    "bookings/tests/calendars/test_feeds.py",
    "bookings/tests/departures/test_departures.py",
    "bookings/tests/appointment/test_lists.py",
    "bookings/tests/appointment/test_move_pages.py",
    "bookings/tests/services/test_move.py",
    "bookings/tests/test_nights.py",
    "bookings/tests/time_off/test_time_off.py",
    "bookings/tests/time_off/test_pages.py",
    "bookings/tests/waiting_list/test_waiting_list.py",
    "bookings/tests/waiting_list/test_pages.py",
    "core/tests/web/test_outages.py",
    "core/tests/postgres/test_own_session.py",
    "dashboards/tests/test_figures_page.py",
    "dashboards/tests/test_figures_random.py",
    "doctors/tests/directory/test_directory_page.py",
    "doctors/tests/directory/test_hostile_addresses.py",
    "doctors/tests/schedule/test_openings.py",
    "doctors/tests/schedule/test_schedule.py",
    "doctors/tests/schedule/test_weekly_page.py",
    "email_service/tests/test_function.py",
    "email_service/tests/test_messages.py",
    "integrations/tests/test_admin.py",
    "integrations/tests/test_drain.py",
    "integrations/tests/test_google_outbox.py",
    "integrations/tests/test_jobs.py",
    "privacy/tests/test_erasing.py",
    "privacy/tests/test_every_field.py",
    "privacy/tests/test_export.py",
    "privacy/tests/test_repeating.py",
)
UNFINISHED = "fast-lane-unfinished"


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """What is left out isn't read either: reading takes every process seconds."""
    path = f"{collection_path.relative_to(ROOT).as_posix()}/" if collection_path.is_relative_to(ROOT) else ""
    return True if path.startswith(tuple(f"{entry.rstrip('/')}/" for entry in SLOW_LANE)) else None


def pytest_report_header() -> str:
    return f"fast lane, without {', '.join(SLOW_LANE)}"


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings  # noqa: PLC0415 - there are none yet when a plugin is loaded

    test = settings.DATABASES["default"].setdefault("TEST", {})
    test["NAME"] = f"test_fast_{digest_of_migrations()}"
    if _is_first(config):  # the other processes are told by it
        config.option.reuse_db = True
        config.option.create_db = config.option.create_db or _unfinished().exists()


def digest_of_migrations() -> str:
    """Changes with any migration of any room."""
    digest = hashlib.sha256()
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def pytest_sessionstart(session: pytest.Session) -> None:
    if _is_first(session.config):
        _unfinished().parent.mkdir(parents=True, exist_ok=True)
        _unfinished().touch()


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _is_first(session.config):
        _unfinished().unlink(missing_ok=True)


def _is_first(config: pytest.Config) -> bool:
    return not hasattr(config, "workerinput")


def _unfinished() -> Path:
    return Path(os.environ["HMS_HOME"]) / UNFINISHED
