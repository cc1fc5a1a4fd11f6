"""What the mail of a report says, made when it is delivered: the outbox holds which report, never a number of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.utils import translation

from core.web.links import absolute_url
from integrations.errors import NoLongerNeeded
from reports.models import MonthlyReport
from reports.rows import month_code, rows_of
from reports.selectors import is_reachable


def data_of_report(stored: dict[str, Any]) -> dict[str, Any]:
    """For `MAIL_DATA_MAKERS`: the month and its numbers.

    Raises NoLongerNeeded when the doctor's account is closed, or the address isn't theirs any more or not confirmed.
    """
    data = dict(stored)
    report = MonthlyReport.objects.select_related("doctor__user").get(pk=data.pop("report"))
    user = report.doctor.user
    if not is_reachable(user) or user.email != data["to"]["email"]:
        raise NoLongerNeeded("nobody is reached there any more")
    with translation.override(settings.LANGUAGE_CODE):
        figures = [asdict(row) for row in rows_of(report)]
    return {
        **data,
        "month": month_code(report.month),
        "report_url": absolute_url("reports:report", report.month),
        "doctor_name": report.doctor.display_name,
        "figures": figures,
    }
