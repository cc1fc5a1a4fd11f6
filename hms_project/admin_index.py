"""What the first page of the admin offers: the day's work, by what each may do, and how much of it waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Can, may
from bookings.choices import LIVE, WaitingState
from bookings.models import Booking, Review, WaitingEntry
from doctors.models import DoctorProfile
from integrations.choices import MessageStatus
from integrations.models import OutgoingMessage

MOST_COUNTED = 99
RECENT = timedelta(days=7)

Counted = Callable[[datetime], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Task:
    """A link with a sentence; `waiting` says how much of it waits, "" where nothing is counted."""

    label: str
    url: str
    hint: str
    waiting: str = ""

    @property
    def calls(self) -> bool:
        """Whether somebody ought to look."""
        return self.waiting not in {"", "0"}


def daily(user: User) -> list[Task]:
    """What somebody at a desk begins with."""
    offered = [
        (Can.RUN_DESK, _("The day"), "bookings:desk", _("Who comes today, who is here, who is late")),
        (Can.RUN_DESK, _("Book for a patient"), "bookings:desk_book", _("On the phone or at the desk")),
        (Can.RUN_DESK, _("Walk-in"), "admin:walk_in", _("Someone came without an appointment")),
        (Can.SEE_PATIENTS, _("Patients"), "admin:patients_patientprofile_changelist", _("Look someone up")),
        (Can.SEE_BOOKINGS, _("Appointments"), "admin:bookings_booking_changelist", _("Find, export, look back")),
        (Can.SEE_FIGURES, _("Figures"), "dashboards:staff", _("Today at a glance, and how it has been going")),
    ]
    rows = [Task(label, _url(name), hint) for can, label, name, hint in offered if may(user, can)]
    if user.has_perm("doctors.add_timeoff"):
        away = _url("admin:doctors_timeoff_add")
        hint = _("This afternoon, today, or longer. Decide about each appointment")
        rows.append(Task(_("A doctor is away"), away, hint))
    return [row for row in rows if row.url]


def waiting(user: User, now: datetime) -> list[Task]:
    """What waits for somebody, and how much of it: one bounded count each."""
    offered: list[tuple[Can, str, str, str, str, Counted]] = [
        (
            *(Can.MANAGE_DOCTORS, _("Doctors to approve"), "admin:doctors_doctorprofile_changelist"),
            *("?licence=waiting", _("Licence not checked yet"), _to_approve),
        ),
        (
            *(Can.SETTLE_CONFLICTS, _("Appointments that need attention"), "admin:bookings_booking_changelist"),
            *("?attention=yes", _("They’re affected by time off or a closure"), _needing_attention),
        ),
        (
            *(Can.RUN_CLINIC, _("Visits without an outcome"), "admin:bookings_booking_changelist", "?when=open"),
            *(_("Nobody has recorded whether the patient came"), _unsettled),
        ),
        (
            *(Can.SEE_MESSAGES, _("Messages that failed"), "admin:integrations_outgoingmessage_changelist"),
            *("?status__exact=FAILED", _("Couldn’t be sent. Send them again"), _failed),
        ),
        (
            *(Can.MODERATE_REVIEWS, _("New reviews"), "admin:bookings_review_changelist", ""),
            *(_("In the last seven days"), lambda now: Review.objects.filter(created_at__gte=now - RECENT)),
        ),
        (
            *(Can.SEE_WAITING, _("Waiting list"), "admin:bookings_waitingentry_changelist", "?state__exact=WAITING"),
            *(_("Patients who want an earlier time"), _on_the_list),
        ),
    ]
    return [
        Task(label, _url(name) + query, hint, _said(rows(now)))
        for can, label, name, query, hint, rows in offered
        if may(user, can)
    ]


def _to_approve(now: datetime) -> QuerySet[DoctorProfile]:
    return DoctorProfile.objects.filter(approved_at__isnull=True)


def _needing_attention(now: datetime) -> QuerySet[Booking]:
    return Booking.objects.live().exclude(conflict="")


def _unsettled(now: datetime) -> QuerySet[Booking]:
    return Booking.objects.filter(status__in=LIVE, ends_at__lt=now, starts_at__lt=now)


def _failed(now: datetime) -> QuerySet[OutgoingMessage]:
    return OutgoingMessage.objects.filter(status=MessageStatus.FAILED)


def _on_the_list(now: datetime) -> QuerySet[WaitingEntry]:
    return WaitingEntry.objects.filter(state=WaitingState.WAITING)


def _said(rows: QuerySet[Any]) -> str:
    count = rows.order_by()[: MOST_COUNTED + 1].count()
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
