"""A report by mail: what it says, and to whom, is asked when it is delivered (D5)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User
from accounts.tests.factories import StaffFactory
from bookings.tests.people import browser_of, text_of
from doctors.models import DoctorProfile
from integrations import outbox
from integrations.email_gateway.client import body_of
from integrations.errors import NoLongerNeeded
from integrations.models import OutgoingMessage
from reports.figures import MonthFigures
from reports.mails import data_of_report
from reports.messages import MONTHLY_REPORT, monthly_report
from reports.models import MonthlyReport
from reports.tests.factories import make_old_hand, make_report

pytestmark = pytest.mark.django_db(transaction=True)
OCTOBER, NINE = date(2026, 10, 1), datetime(2026, 11, 1, 9, tzinfo=UTC)
FIGURES = MonthFigures(booked=9, completed=2, issued_cents=765_432)


@pytest.fixture
def doctor() -> DoctorProfile:
    return make_old_hand(full_name="Ada Able")


@pytest.fixture
def report(doctor: DoctorProfile) -> MonthlyReport:
    """One whose mail waits in the outbox."""
    report = make_report(doctor, OCTOBER, FIGURES, MonthFigures(completed=1))
    with transaction.atomic():
        outbox.enqueue([monthly_report(report, to=doctor.user, now=NINE)], now=NINE)
    return report


def mail() -> OutgoingMessage:
    return OutgoingMessage.objects.get(action=MONTHLY_REPORT)


def posted() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(body_of(mail()))["data"]
    return data


def test_what_leaves_says_the_month_and_its_numbers(report: MonthlyReport) -> None:
    data = posted()

    assert (data["month"], data["doctor_name"]) == ("2026-10", "Dr Ada Able")
    assert data["report_url"].endswith("/doctor/reports/2026-10/")
    assert {"label": "Completed", "value": "2", "before": "1"} in data["figures"]
    assert {"label": "Net earnings", "value": "£7,654.32", "before": "£0.00"} in data["figures"]
    assert data["to"]["email"] == report.doctor.user.email
    assert "report" not in data


def test_whoever_reads_the_outbox_reads_no_number_of_it(report: MonthlyReport) -> None:
    assert "7,654" not in str(mail().data)

    admin = browser_of(StaffFactory())
    page = text_of(admin.get(f"/admin/integrations/outgoingmessage/{mail().pk}/change/"))

    assert report.doctor.user.email in page
    assert "7,654" not in page
    assert "earnings" not in page


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": "other@example.org"}])
def test_what_goes_nowhere_any_more_is_dropped(report: MonthlyReport, change: dict[str, Any]) -> None:
    assert data_of_report(mail().data)["month"] == "2026-10"
    User.objects.filter(pk=report.doctor.user_id).update(**change)

    with pytest.raises(NoLongerNeeded):
        data_of_report(mail().data)


def test_an_address_that_is_not_confirmed_any_more_gets_nothing(report: MonthlyReport) -> None:
    EmailAddress.objects.filter(user=report.doctor.user).update(verified=False)

    with pytest.raises(NoLongerNeeded):
        data_of_report(mail().data)
