"""Reading reports: each doctor their own, and nobody else's (A7)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from accounts.permissions import Can, Viewer, may
from core.clock import start_of_day
from doctors.models import DoctorProfile, DoctorQuerySet
from reports.models import MonthlyReport
from reports.rules import month_after


def reports_visible_to(viewer: Viewer) -> QuerySet[MonthlyReport]:
    """A doctor's own, the last month first; nothing for anybody else, staff neither."""
    rows = MonthlyReport.objects.select_related("doctor__user").order_by("-month")
    if not viewer.is_authenticated or not may(viewer, Can.SEE_OWN_CLINIC):
        return rows.none()
    return rows.filter(doctor__user=viewer)


def report_of(viewer: Viewer, month: date) -> MonthlyReport | None:
    """The viewer's own report of a month."""
    return reports_visible_to(viewer).filter(month=month).first()


def doctors_without_report(month: date) -> list[DoctorProfile]:
    """Who is to get a report of a month and has none: approved by its end, with an account that is open now. By key."""
    end: datetime = start_of_day(month_after(month))
    made = MonthlyReport.objects.filter(doctor=OuterRef("pk"), month=month)
    found = DoctorQuerySet(DoctorProfile).listed().filter(~Exists(made), approved_at__lt=end)
    return list(found.select_related("user").order_by("pk"))


def reported(doctors: Collection[int], month: date) -> set[int]:
    """Those of the doctors who have their report of a month."""
    rows = MonthlyReport.objects.filter(doctor__in=doctors, month=month).order_by()
    return set(rows.values_list("doctor_id", flat=True))


def is_reachable(user: User) -> bool:
    """Whether a report is mailed to a doctor: with an open account, to an address that was confirmed."""
    return user.is_active and bool(user.email) and user.email_verified
