"""A manager looks at the figures: at a desk, on a phone, with and without JavaScript (H2)."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from bookings.choices import Status
from bookings.tests.factories import make_waiting
from bookings.tests.rows import at, free, visit
from core.clock import hospital_day
from doctors.tests.factories import DepartmentFactory, make_doctor
from patients.tests.factories import make_patient
from tests.journeys.conftest import PHONE, Arrives
from tests.journeys.support.visitor import Visitor


@pytest.fixture
def hospital(now: datetime) -> None:
    """Two doctors, a week of visits behind them, times ahead, somebody waiting."""
    today, patient = hospital_day(now), make_patient()
    for name, slug, hour in (("Heart", "heart", 9), ("Skin", "skin", 11)):
        doctor = make_doctor(full_name=f"Dora {name}", department=DepartmentFactory(name=name, slug=slug))
        for days, status in enumerate((Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED, Status.COMPLETED), start=1):
            visit(patient, doctor, at(today - timedelta(days=days), hour), status)
        visit(make_patient(), doctor, at(today, hour), Status.CONFIRMED)
        for later in (1, 2, 3):
            free(doctor, at(today + timedelta(days=later), hour))
        make_waiting(doctor=doctor, now=now)


def looks_at_the_figures(manager: Visitor) -> None:
    manager.goes_to("/staff/").is_on("Figures").sees("Appointments by day").sees("Third next available appointment")
    manager.follows("Last 7 days").sees("10 appointments")
    manager.page.get_by_role("combobox").select_option("skin")
    manager.presses("Show").sees("5 appointments").sees_no("Dora Heart")
    manager.follows("All doctors").is_on("Doctors in figures").sees("Dora Skin").follows("Back to the figures")
    manager.sees("5 appointments")


def test_a_manager_reads_the_figures_and_takes_one_away(
    arrives: Arrives, hospital: None, now: datetime, width: int
) -> None:
    manager = arrives(width=width).signs_in_as(make_staff(StaffRole.MANAGER))

    looks_at_the_figures(manager)

    with manager.page.expect_download() as started:
        manager.page.get_by_role("link", name="CSV file: Appointments by day").click()
    rows = list(csv.reader(io.StringIO(Path(started.value.path()).read_text(encoding="utf-8-sig"))))
    assert started.value.suggested_filename.endswith(".csv")
    assert [row[0] for row in rows[1:]] == [
        (hospital_day(now) - timedelta(days=days)).isoformat() for days in range(6, -1, -1)
    ]
    assert sum(int(row[-1]) for row in rows[1:]) == 5


def test_the_figures_work_without_javascript(arrives: Arrives, hospital: None) -> None:
    looks_at_the_figures(arrives(javascript=False).signs_in_as(make_staff(StaffRole.MANAGER)))


def test_wrong_dates_are_told_and_put_right(arrives: Arrives, hospital: None, now: datetime) -> None:
    manager = arrives(width=PHONE).signs_in_as(make_staff(StaffRole.MANAGER)).goes_to("/staff/").follows("Other dates")
    today = hospital_day(now)

    manager.page.get_by_role("textbox", name="To").fill(f"{today - timedelta(days=1)}")
    manager.fills(From=f"{today}").presses("Show")
    manager.sees("The last day must not be before the first.")
    assert manager.page.title().startswith("Error:")

    manager.fills(From=f"{today - timedelta(days=1)}").presses("Show").sees("2 appointments: 2 seen.")


def test_on_a_phone_the_tables_are_folded_and_open_by_a_tap(arrives: Arrives, hospital: None) -> None:
    manager = arrives(width=PHONE).signs_in_as(make_staff(StaffRole.MANAGER)).goes_to("/staff/")
    table = manager.page.get_by_role("table", name="Missed visits by lead time")
    assert not table.is_visible()

    manager.page.get_by_text("Show as a table: Missed").click()

    assert table.is_visible()
    manager.looks_around()
