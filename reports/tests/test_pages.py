"""A doctor's own months: the list, one of them, the file (D5)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.choices import StaffRole
from accounts.tests.factories import make_staff
from bookings.tests.people import browser_of, shown, text_of
from doctors.models import DoctorProfile
from reports.figures import MonthFigures
from reports.models import MonthlyReport
from reports.pdf import report_pdf
from reports.rows import rows_of
from reports.tests.factories import make_old_hand, make_report

pytestmark = pytest.mark.django_db
OCTOBER = date(2026, 10, 1)
FIGURES = MonthFigures(
    booked=1_203,
    completed=9,
    cancelled_by_patient=1,
    cancelled_by_doctor=2,
    cancelled_by_hospital=3,
    missed=4,
    moved=5,
    patients_seen=8,
    patients_new=6,
    minutes_offered=600,
    minutes_used=450,
    reviews=2,
    rating_sum=9,
    issued_cents=120_000,
    credited_cents=20_000,
    paid_cents=60_000,
)
BEFORE = MonthFigures(booked=7, minutes_offered=60, issued_cents=1_000, credited_cents=3_000)


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_old_hand(full_name="Ada Able")


def test_every_number_stands_beside_that_of_the_month_before(doctor: DoctorProfile) -> None:
    rows = rows_of(make_report(doctor, OCTOBER, FIGURES, BEFORE))

    assert [(row.label, row.value, row.before) for row in rows] == [
        ("Appointments booked", "1,203", "7"),
        ("Completed", "9", "0"),
        ("Cancelled by patients", "1", "0"),
        ("Cancelled by you", "2", "0"),
        ("Cancelled by the hospital", "3", "0"),
        ("Missed", "4", "0"),
        ("Moved to another time", "5", "0"),
        ("Patients seen", "8", "0"),
        ("Of these, new to you", "6", "0"),
        ("Time offered", "10 h", "1 h"),
        ("Time used", "7 h 30 min (75%)", "0 h (0%)"),
        ("Reviews", "2", "0"),
        ("Average rating", "4.5 of 5", "–"),
        ("Invoiced, before tax", "£1,200.00", "£10.00"),
        ("Credited, before tax", "£200.00", "£30.00"),
        ("Net earnings", "£1,000.00", "-£20.00"),
        ("Paid so far, tax included", "£600.00", "£0.00"),
    ]


def test_amounts_stay_in_the_currency_they_were_counted_in(doctor: DoctorProfile, settings: Any) -> None:
    report = make_report(doctor, OCTOBER, FIGURES)
    settings.CURRENCY = "EUR"

    assert rows_of(report)[-1].value == "£600.00"


def test_less_than_an_hour_is_told_in_minutes(doctor: DoctorProfile) -> None:
    rows = rows_of(make_report(doctor, OCTOBER, MonthFigures(minutes_offered=59), MonthFigures(minutes_offered=61)))

    assert [(row.value, row.before) for row in rows if row.label == "Time offered"] == [("59 min", "1 h 1 min")]


@pytest.mark.parametrize(
    ("since", "figures", "before"),
    [
        (date(2026, 10, 31), MonthFigures(booked=1), MonthFigures()),
        (None, MonthFigures(issued_cents=1), MonthFigures()),
        (None, MonthFigures(), MonthFigures(credited_cents=1)),
    ],
)
def test_amounts_are_told_where_the_hospital_bills_or_there_are_some(
    settings: Any, since: date | None, figures: MonthFigures, before: MonthFigures
) -> None:
    settings.BILLING_FROM = since

    assert tells_amounts(make_report(make_old_hand(), OCTOBER, figures, before)) == [True] * 3


@pytest.mark.parametrize("since", [None, date(2026, 11, 1)])
def test_where_the_hospital_has_not_begun_to_bill_there_are_no_amounts(settings: Any, since: date | None) -> None:
    settings.BILLING_FROM = since

    assert tells_amounts(make_report(make_old_hand(), OCTOBER, MonthFigures(booked=1))) == [False] * 3


def tells_amounts(report: MonthlyReport) -> list[bool]:
    """Whether rows, page and list do."""
    browser = browser_of(report.doctor.user)
    pages = [text_of(browser.get(page)) for page in ("/doctor/reports/2026-10/", "/doctor/reports/")]
    return ["Net earnings" in [row.label for row in rows_of(report)], *("et earnings" in page for page in pages)]


def test_a_report_kept_before_a_number_was_counted_shows_it_as_none() -> None:
    assert MonthFigures.from_json({"booked": 3, "of_old": 1}) == MonthFigures(booked=3)


def test_the_list_has_each_month_under_its_year(doctor: DoctorProfile) -> None:
    make_report(doctor, date(2025, 12, 1), MonthFigures(completed=1, issued_cents=500))
    make_report(doctor, OCTOBER, FIGURES)
    make_report(doctor, date(2025, 11, 1), MonthFigures(completed=120_001))
    make_report(make_old_hand(), date(2026, 9, 1))

    page = text_of(browser_of(doctor.user).get(reverse("reports:reports")))

    assert page.index("October 2026") < page.index("December 2025")
    assert "9 completed visits, £1,000.00 net earnings" in page
    assert "120,001 completed visits" in page
    assert "1 completed visit, £5.00 net earnings" in page
    assert "September 2026" not in page
    assert reverse("reports:report", args=[OCTOBER]) in page


def test_without_any_the_list_says_when_there_will_be(doctor: DoctorProfile) -> None:
    page = text_of(browser_of(doctor.user).get(reverse("reports:reports")))

    assert "No reports yet" in page
    assert shown("On the 1st of each month, you’ll find the month before here.") in page


def test_the_report_names_both_months_and_when_it_was_made(doctor: DoctorProfile) -> None:
    make_report(doctor, OCTOBER, FIGURES, BEFORE, made_at=datetime(2026, 11, 1, 9, tzinfo=UTC))

    page = text_of(browser_of(doctor.user).get("/doctor/reports/2026-10/"))

    assert "Report for October 2026" in page
    assert "Dr Ada Able" in page[page.index("<h1>") : page.index("<table")]  # a printed one says whose it is
    assert "September 2026" in page
    assert "as they were on Sunday 1 November 2026" in page
    assert "£1,000.00" in page
    assert reverse("reports:pdf", args=[OCTOBER]) in page


def test_the_home_of_a_doctor_leads_there(doctor: DoctorProfile) -> None:
    assert 'href="/doctor/reports/"' in text_of(browser_of(doctor.user).get("/doctor/"))


@pytest.mark.parametrize("address", ["/doctor/reports/2026-10/", "/doctor/reports/2026-10/pdf/"])
def test_anybody_elses_report_is_no_page(doctor: DoctorProfile, address: str) -> None:
    make_report(doctor, OCTOBER, FIGURES)

    assert browser_of(doctor.user).get(address).status_code == 200
    assert browser_of(make_old_hand().user).get(address).status_code == 404
    assert browser_of(make_staff(StaffRole.MANAGER)).get(address).status_code == 403


@pytest.mark.parametrize("month", ["2026-09", "2026-13", "2026-00", "0000-01", "2026-1", "latest"])
def test_a_month_without_a_report_is_no_page(doctor: DoctorProfile, month: str) -> None:
    make_report(doctor, OCTOBER)

    assert browser_of(doctor.user).get(f"/doctor/reports/{month}/").status_code == 404


def test_the_file_is_a_pdf_that_names_no_one_in_its_name(doctor: DoctorProfile) -> None:
    report = make_report(doctor, OCTOBER, FIGURES, BEFORE)

    response = browser_of(doctor.user).get(reverse("reports:pdf", args=[OCTOBER]))

    assert response.content.startswith(b"%PDF-")
    assert response["Content-Disposition"] == 'attachment; filename="monthly-report-2026-10.pdf"'
    assert "no-store" in response["Cache-Control"]
    assert response.content == report_pdf(report)


def test_a_hundred_months_are_asked_for_as_one_is(doctor: DoctorProfile) -> None:
    def asked() -> int:
        browser = browser_of(doctor.user)
        browser.get("/doctor/reports/")
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/doctor/reports/").status_code == 200
        return len(captured)

    make_report(doctor, OCTOBER)
    few = asked()
    for number in range(100):
        make_report(doctor, date(2017 + number // 12, number % 12 + 1, 1))

    assert asked() == few
