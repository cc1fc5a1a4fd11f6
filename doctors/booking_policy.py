"""On what terms times are offered: each doctor's own, or the hospital's (B7).

Named apart from the models, because migrations and queries both need them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytz
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from doctors.models import DoctorProfile


def hospital_zone() -> str:
    return str(settings.TIME_ZONE)


def known_time_zone(name: str) -> None:
    """Validator: one of the curated names of pytz, such as Europe/London."""
    if name not in pytz.common_timezones_set:
        raise ValidationError(_("Choose a time zone from the list."))


@dataclass(frozen=True, slots=True)
class BookingPolicy:
    """How long before its start a time can still be booked, how far ahead, and until when before its start a patient
    can cancel or move online."""

    min_notice: timedelta
    booking_window: timedelta
    cancel_cutoff: timedelta


def terms_of(doctor: DoctorProfile) -> BookingPolicy:
    """The doctor's own where there are any, else the hospital's."""
    return BookingPolicy(
        min_notice=_own_or(doctor.min_notice, timedelta(minutes=settings.MIN_NOTICE_MINUTES)),
        booking_window=_own_or(doctor.booking_window, timedelta(days=settings.BOOKING_WINDOW_DAYS)),
        cancel_cutoff=_own_or(doctor.cancel_cutoff, timedelta(hours=settings.CANCEL_CUTOFF_HOURS)),
    )


def _own_or(own: timedelta | None, hospital: timedelta) -> timedelta:
    return hospital if own is None else own


Term = Callable[[str], F]  # where a query finds a doctor's own term, by its name


def of_its_doctor(name: str) -> F:
    """In a query on times, by a join. A subquery saves the join by asking the query around it (`OuterRef`)."""
    return F(f"doctor__{name}")


def hospital_terms() -> tuple[int, int]:
    """What the next two take from settings: for whoever keeps a query that they made."""
    return settings.MIN_NOTICE_MINUTES, settings.BOOKING_WINDOW_DAYS


def earliest_start(now: datetime, term: Term = of_its_doctor) -> Any:
    """In a query on times: later than this, the notice is long enough."""
    return _from(now, term("min_notice"), timedelta(minutes=settings.MIN_NOTICE_MINUTES))


def latest_start(now: datetime, term: Term = of_its_doctor) -> Any:
    """In a query on times: until this, the window is open."""
    return _from(now, term("booking_window"), timedelta(days=settings.BOOKING_WINDOW_DAYS))


def _from(now: datetime, own: F, hospital: timedelta) -> Any:
    own_or_hospital = Coalesce(own, Value(hospital, output_field=DurationField()))
    return ExpressionWrapper(Value(now) + own_or_hospital, output_field=DateTimeField())
