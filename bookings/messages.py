"""What is told to whom about an appointment: facts for the outbox. No reason, no notes, no diagnosis (D2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from accounts.models import User
from bookings.calendar_file import calendar_message
from bookings.choices import Status
from bookings.models import Booking
from bookings.presenters import detail_url, doctor_url, place_of
from bookings.rules import cancel_until
from bookings.states import Actor
from core.links import absolute
from core.templatetags.hms import money
from integrations.services import Draft, email

REMINDER = "APPOINTMENT_REMINDER"
_CANCELLED_BY = {Actor.PATIENT: "PATIENT", Actor.DOCTOR: "DOCTOR", Actor.STAFF: "HOSPITAL", Actor.SYSTEM: "HOSPITAL"}


def stream(booking: Booking) -> str:
    """Messages about one appointment reach people in the order of what happened."""
    return f"booking:{booking.uid}"


def booked(booking: Booking) -> list[Draft]:
    """To the patient: booked, or asked for; to the doctor: somebody booked."""
    waits = booking.status == Status.PENDING
    return [
        _to_patient(booking, "BOOKING_PENDING" if waits else "BOOKING_CONFIRMATION", at=booking.created_at),
        _to_doctor(booking, "BOOKING_NOTIFICATION", at=booking.created_at, needs_confirmation=waits),
    ]


def confirmed(booking: Booking, *, at: datetime) -> list[Draft]:
    """To the patient: the doctor said yes."""
    return [_to_patient(booking, "BOOKING_CONFIRMATION", at=at)]


def cancelled(booking: Booking, *, by: Actor, at: datetime) -> list[Draft]:
    """To both, also to whoever cancelled: the file in it takes the appointment out of their calendar."""
    facts = {"cancelled_by": _CANCELLED_BY[by]}
    again = absolute(doctor_url(booking.doctor))
    return [
        _to_patient(booking, "BOOKING_CANCELLED", at=at, recipient_role="PATIENT", book_again_url=again, **facts),
        _to_doctor(booking, "BOOKING_CANCELLED", at=at, recipient_role="DOCTOR", **facts),
    ]


def reminder(booking: Booking, *, cutoff: timedelta, now: datetime) -> Draft:
    """To the patient, once for each appointment and time; dropped when the appointment has begun before it left."""
    facts: dict[str, Any] = {}
    until = cancel_until(starts_at=booking.starts_at, cutoff=cutoff)
    if until > now:
        facts["cancel_until"] = _local(until)
    return email(
        to=booking.patient.user,
        action=REMINDER,
        data={**_facts(booking), **facts},
        dedupe_key=f"{REMINDER}:{booking.uid}:{booking.starts_at:%Y%m%dT%H%MZ}",
        stream=stream(booking),
        expires_at=booking.starts_at,
    )


def _to_patient(booking: Booking, action: str, *, at: datetime, **facts: Any) -> Draft:
    return _mail(booking, booking.patient.user, action, at=at, for_patient=True, **facts)


def _to_doctor(booking: Booking, action: str, *, at: datetime, **facts: Any) -> Draft:
    return _mail(booking, booking.doctor.user, action, at=at, for_patient=False, **facts)


def _mail(booking: Booking, to: User, action: str, *, at: datetime, for_patient: bool, **facts: Any) -> Draft:
    calendar = calendar_message(booking, to=to, for_patient=for_patient, changed_at=at)
    return email(
        to=to,
        action=action,
        data={**_facts(booking), "calendar": calendar, **facts},
        dedupe_key=f"{action}:{booking.uid}:{'patient' if for_patient else 'doctor'}:{booking.calendar_sequence}",
        stream=stream(booking),
    )


def _facts(booking: Booking) -> dict[str, Any]:
    return {
        "booking": {
            "reference": booking.reference,
            "doctor_name": booking.doctor.display_name,
            "department": booking.doctor.department.name,
            "patient_name": booking.patient.user.full_name,
            "starts_at": _local(booking.starts_at),
            "ends_at": _local(booking.ends_at),
            "time_zone": settings.TIME_ZONE,
            "place": place_of(booking.doctor).replace("\n", ", "),
            "fee_text": money(booking.fee_cents) if booking.fee_cents else "",
            "minutes": booking.minutes,
        },
        "booking_url": absolute(detail_url(booking)),
    }


def _local(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
