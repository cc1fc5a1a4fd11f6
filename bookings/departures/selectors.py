"""Doctors as those find them who invite and retire them, and what was decided about their leaving."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.models import User
from accounts.permissions import Can, may
from bookings.models import Departure
from doctors.models import DoctorProfile


def doctors_managed_by(actor: User) -> QuerySet[DoctorProfile]:
    """All doctors for who invites and retires them; none for anybody else."""
    rows = DoctorProfile.objects.select_related("user", "department")
    return rows if may(actor, Can.MANAGE_DOCTORS) else rows.none()


def departure_of(doctor: DoctorProfile) -> Departure | None:
    """Whether, when and by whom it was decided that a doctor leaves. The doctor was found for its reader."""
    return Departure.objects.filter(doctor=doctor).select_related("decided_by").first()
