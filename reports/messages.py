"""What a doctor is told when the report of a month is there (D5): counts and money, and nobody's name."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import User
from integrations import outbox
from reports.models import MonthlyReport
from reports.rows import month_code

MONTHLY_REPORT = "DOCTOR_MONTHLY_REPORT"
# Later it is no news any more; the report itself stays where it is.
IS_NEWS_FOR = timedelta(days=14)


def report_stream(doctor_id: int) -> str:
    return f"report:{doctor_id}"


def monthly_report(report: MonthlyReport, *, to: User, now: datetime) -> outbox.Draft:
    """The row of the outbox holds which report it is: its numbers are read when it is delivered (reports/mails.py)."""
    return outbox.email(
        to=to,
        action=MONTHLY_REPORT,
        data={"report": str(report.pk)},
        dedupe_key=f"report:{report.doctor_id}:{month_code(report.month)}",
        stream=report_stream(report.doctor_id),
        expires_at=now + IS_NEWS_FOR,
    )
