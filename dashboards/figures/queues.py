"""Who waits: people for a time, messages for their way out; and who there is. Definitions: docs/figures.md."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Min, Q

from bookings.models import WaitingEntry
from core.clock import hospital_day, start_of_day
from core.text.names import doctor_name
from dashboards.figures import appointments, capacity
from dashboards.figures.periods import Period
from dashboards.figures.types import Glance, Messages, Queue, Scope
from doctors.models import DoctorProfile
from integrations.choices import OPEN, MessageStatus
from integrations.models import OutgoingMessage
from patients.models import PatientProfile


def waiting(scope: Scope, *, now: datetime) -> list[Queue]:
    """Wishes for an earlier time that still stand, by doctor, the longest queue first. One statement."""
    standing = WaitingEntry.objects.standing(now).order_by()
    if scope.department is not None:
        standing = standing.filter(doctor__department=scope.department)
    rows = standing.values_list("doctor", "doctor__user__full_name", "doctor__department__name")
    counted = rows.annotate(length=Count("pk"), oldest=Min("created_at")).order_by("-length", "oldest", "doctor")
    return [
        Queue(key, doctor_name(name), department, count, oldest) for key, name, department, count, oldest in counted
    ]


def messages(period: Period) -> Messages:
    """The outbox, of the whole hospital: what is stuck now, and what became of the period's messages. Two statements.

    By when a message was written (written again by hand: since then), which the index `message_status` is in order of.
    """
    stuck = OutgoingMessage.objects.filter(status__in=(*OPEN, MessageStatus.FAILED)).aggregate(
        failed=Count("pk", filter=Q(status=MessageStatus.FAILED)),
        waiting=Count("pk", filter=Q(status__in=OPEN)),
        oldest=Min("created_at", filter=Q(status__in=OPEN)),
    )
    written = OutgoingMessage.objects.filter(
        created_at__gte=start_of_day(period.first), created_at__lt=start_of_day(period.after)
    )
    counts = dict(written.order_by().values_list("status").annotate(count=Count("*")))
    return Messages(**stuck, written={status: counts.get(status, 0) for status in MessageStatus.values})


def glance(scope: Scope, *, now: datetime) -> Glance:
    """Today, and how many people there are. Patients belong to the whole hospital. Five statements."""
    doctors = DoctorProfile.objects.filter(user__is_active=True)
    if scope.department is not None:
        doctors = doctors.filter(department=scope.department)
    counted = doctors.aggregate(
        listed=Count("pk", filter=Q(approved_at__isnull=False)), to_approve=Count("pk", filter=Q(approved_at=None))
    )
    people = PatientProfile.objects.filter(removed_at__isnull=True).exclude(user__is_active=False)
    return Glance(
        visits=appointments.today(scope, now=now),
        doctors_at_work=capacity.doctors_at_work(hospital_day(now), scope),
        free_times_left=capacity.free_slots_left(scope, now=now),
        patients=people.count(),
        listed_doctors=counted["listed"],
        doctors_to_approve=counted["to_approve"],
    )
