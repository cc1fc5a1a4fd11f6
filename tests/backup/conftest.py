"""A filled site, and a backup of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bookings.calendars import feeds
from bookings.tests.factories import make_booking
from core import clock
from core.backup.services import back_up
from patients.tests.factories import make_patient
from tests.backup.site import MakeSite, site

__all__ = ["site"]


@pytest.fixture
def filled() -> None:
    """Something in every kind of table: an appointment, its messages, a sealed token."""
    patient = make_patient(full_name="Zuleika Canarybird")
    make_booking(patient=patient)
    feeds.make_feed(user=patient.user, now=clock.now())


@pytest.fixture
def backup(filled: None, site: MakeSite, tmp_path: Path) -> Path:
    """Of a site that is in nobody's use."""
    site()
    folder, _ = back_up(tmp_path / "backups", now=clock.now())
    return folder
