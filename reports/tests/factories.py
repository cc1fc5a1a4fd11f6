"""Doctors who were there, and their reports, for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from doctors.models import DoctorProfile
from doctors.tests.factories import make_doctor
from reports.figures import MonthFigures
from reports.models import MonthlyReport

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def make_old_hand(*, since: datetime = LONG_AGO, **facts: Any) -> DoctorProfile:
    """A doctor whose licence was approved at `since`."""
    doctor = make_doctor(**facts)
    doctor.approved_at = since
    doctor.save(update_fields=["approved_at"])
    return doctor


def make_report(
    doctor: DoctorProfile,
    month: date,
    figures: MonthFigures | None = None,
    before: MonthFigures | None = None,
    made_at: datetime | None = None,
) -> MonthlyReport:
    return MonthlyReport.objects.create(
        doctor=doctor,
        month=month,
        currency="GBP",
        figures=(figures or MonthFigures()).as_json(),
        before=(before or MonthFigures()).as_json(),
        made_at=made_at or datetime(month.year + month.month // 12, month.month % 12 + 1, 1, 9, tzinfo=UTC),
    )
