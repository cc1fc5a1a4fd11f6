"""A doctor reads the month in a report, on any screen, and takes it along (D5)."""

from __future__ import annotations

from datetime import date

import pytest

from reports.figures import MonthFigures
from reports.tests.factories import make_old_hand, make_report
from tests.journeys.conftest import Arrives

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_a_doctor_opens_a_month_and_downloads_it(arrives: Arrives, width: int, javascript: bool) -> None:
    figures = MonthFigures(
        booked=1_203, completed=902, minutes_offered=63_010, minutes_used=48_005, issued_cents=123_456_789
    )
    ada = make_old_hand(full_name="Ada Able")
    make_report(ada, date(2025, 12, 1))
    make_report(ada, date(2026, 7, 1), figures, figures)
    doctor = arrives(width=width, javascript=javascript).signs_in_as(ada.user)

    # From their start page they come to all months
    doctor.goes_to("/doctor/").follows("Monthly reports").is_on("Monthly reports").sees("902 completed visits")

    # Each month has the one before beside it
    doctor.follows("July 2026").is_on("Report for July 2026").sees("June 2026").sees("£1,234,567.89")
    page = doctor.page
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")

    # And is there as a file
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as PDF").click()
    assert download.value.suggested_filename == "monthly-report-2026-07.pdf"
