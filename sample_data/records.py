"""The records of the sample visits: signed, amended and begun by the services, as a doctor's pages do it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import QuerySet

from bookings.choices import Status
from bookings.models import Booking
from clinical.models import TreatmentRecord
from clinical.services.drafts import save_draft
from clinical.services.sign import sign
from core.clock import hospital_day
from core.errors import DomainError
from sample_data.record_texts import DRAFT, RECORDS, SampleRecord
from sample_data.visits import KEY, VISITS

_SIGNED_AFTER = timedelta(minutes=10)
_AMENDED_AFTER = timedelta(hours=3)
_WRITES_NOW = "dr_smith"


def keep_records(*, now: datetime) -> None:
    """Each record of the standing list once, and once a day somebody's that is being written."""
    keys = {
        f"{KEY}{number}": RECORDS[visit.doctor, visit.patient, visit.day]
        for number, visit in enumerate(VISITS)
        if (visit.doctor, visit.patient, visit.day) in RECORDS
    }
    visits = _without_record().filter(idempotency_key__in=keys, status=Status.COMPLETED)
    for booking in visits.order_by("starts_at", "pk"):
        _write(booking, keys[booking.idempotency_key or ""], now=now)
    _begin(now=now)


def _without_record() -> QuerySet[Booking]:
    return Booking.objects.filter(treatment_record__isnull=True).select_related("doctor__user")


def _write(booking: Booking, said: SampleRecord, *, now: datetime) -> None:
    """At the moments it would have happened, or now; what people have made of the visit meanwhile stays."""
    doctor, over = booking.doctor.user, booking.ends_at
    follow_up = hospital_day(booking.starts_at) + said.follow_up if said.follow_up else None
    content = replace(said.content, follow_up_date=follow_up)
    try:
        sign(booking=booking, content=content, based_on=0, by=doctor, now=min(over + _SIGNED_AFTER, now))
        if said.amended:
            later = min(over + _AMENDED_AFTER, now)
            sign(booking=booking, content=said.amended, based_on=1, reason=said.why, by=doctor, now=later)
    except DomainError:
        return


def _begin(*, now: datetime) -> None:
    """Half of a record of who is with the doctor: once a day, and nobody's draft that was discarded comes back."""
    prefix = f"{KEY}{hospital_day(now).isoformat()}-"
    if TreatmentRecord.objects.filter(booking__idempotency_key__startswith=prefix).exists():
        return
    here = _without_record().filter(idempotency_key__startswith=prefix, status=Status.CHECKED_IN)
    booking = here.filter(doctor__user__username=_WRITES_NOW).order_by("starts_at", "pk").first()
    if booking is not None:
        save_draft(booking=booking, typed=dict(DRAFT), based_on=0, revision=0, by=booking.doctor.user, now=now)
