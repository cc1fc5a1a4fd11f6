"""What a doctor is told when the report of a month is there (D5): counts and money, and nobody's name."""

from __future__ import annotations

from dataclasses import asdict

from accounts.models import User
from core.text.names import doctor_name
from core.web.links import absolute_url
from integrations import outbox
from reports.models import MonthlyReport
from reports.rows import month_code, rows_of

MONTHLY_REPORT = "DOCTOR_MONTHLY_REPORT"


def report_stream(doctor_id: int) -> str:
    return f"report:{doctor_id}"


def monthly_report(report: MonthlyReport, *, to: User) -> outbox.Draft:
    month = month_code(report.month)
    return outbox.email(
        to=to,
        action=MONTHLY_REPORT,
        data={
            "month": month,
            "report_url": absolute_url("reports:report", report.month),
            "doctor_name": doctor_name(to.full_name),
            "figures": [asdict(row) for row in rows_of(report)],
        },
        dedupe_key=f"report:{report.doctor_id}:{month}",
        stream=report_stream(report.doctor_id),
    )
