"""A doctor's month in a report, as it was when the report was made (D5). Definitions: docs/billing.md."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audit.models import tracked
from doctors.models import DoctorProfile
from reports.figures import MonthFigures
from reports.triggers import REPORT_TRIGGERS


@tracked(called=_("monthly report"))
class MonthlyReport(models.Model):
    """One month of one doctor, and the month before beside it, both counted at `made_at`.

    Counted together, the two can be compared: what was settled late is in both. So an earlier month may read otherwise
    here than in its own report, which stays as it was.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    doctor = models.ForeignKey(DoctorProfile, models.PROTECT, editable=False, related_name="monthly_reports")
    month = models.DateField(editable=False, help_text=_("Its first day, at the hospital."))
    currency = models.CharField(max_length=3, editable=False)
    figures = models.JSONField(editable=False)
    before = models.JSONField(editable=False)
    made_at = models.DateTimeField(editable=False)

    objects: ClassVar[models.Manager[MonthlyReport]]

    class Meta:
        ordering = ["-month", "doctor"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["doctor", "month"], name="report_once_a_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="report_month_by_its_first_day"),
        ]
        triggers = REPORT_TRIGGERS

    def __str__(self) -> str:
        return gettext("%(doctor)s, %(month)s") % {"doctor": self.doctor, "month": f"{self.month:%Y-%m}"}

    @property
    def of_the_month(self) -> MonthFigures:
        return MonthFigures.from_json(self.figures)

    @property
    def of_the_month_before(self) -> MonthFigures:
        return MonthFigures.from_json(self.before)
