"""The monthly reports of the sample hospital (J5, D5): there from the first minute, of what was really loaded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db.models import Sum
from django.test import override_settings

from billing.models import Invoice
from bookings.choices import Status
from bookings.models import Booking
from core.clock import start_of_day
from integrations.models import OutgoingMessage
from reports.models import MonthlyReport
from sample_data.load import load
from sample_data.tests.sample import WEDNESDAY, doctor
from tests.shared_rows import shared_rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_loaded_on_wednesday")]
MAY, JUNE, JULY, AUGUST = (date(2026, month, 1) for month in (5, 6, 7, 8))


@pytest.fixture(scope="module")
def _loaded_on_wednesday(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with override_settings(BILLING_FROM=date(2020, 1, 1)), shared_rows(django_db_blocker):
        load(now=WEDNESDAY)
        yield


def test_dr_smith_finds_the_last_months_with_what_was_in_them() -> None:
    smith = doctor("dr_smith")
    reports = {report.month: report for report in MonthlyReport.objects.filter(doctor=smith)}
    july = {"starts_at__gte": start_of_day(JULY), "starts_at__lt": start_of_day(AUGUST)}
    completed = Booking.objects.filter(doctor=smith, status=Status.COMPLETED, **july).count()
    issued = {"issued_at__gte": start_of_day(JULY), "issued_at__lt": start_of_day(AUGUST)}

    assert sorted(reports) == [MAY, JUNE, JULY]
    assert reports[JULY].of_the_month.completed == completed > 40
    sum_of = Invoice.objects.filter(doctor=smith, **issued).aggregate(sum_of=Sum("net_cents"))["sum_of"]
    assert reports[JULY].of_the_month.issued_cents == sum_of > 0


def test_each_doctor_who_may_work_has_them_and_nobody_is_mailed() -> None:
    assert MonthlyReport.objects.filter(month=JULY).values("doctor").distinct().count() > 3
    assert not MonthlyReport.objects.filter(doctor__approved_at__isnull=True).exists()
    assert not OutgoingMessage.objects.filter(action="DOCTOR_MONTHLY_REPORT").exists()


def test_a_second_run_adds_none() -> None:
    before = list(MonthlyReport.objects.order_by("pk").values())

    load(now=WEDNESDAY)

    assert list(MonthlyReport.objects.order_by("pk").values()) == before
