"""What people and their calendars are told about an appointment: facts for the outbox. No reason, no notes (D2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from bookings.calendars import events as calendar_events
from bookings.calendars.ics import entry_in_mails, invitation
from bookings.choices import Status
from bookings.links import detail_url, doctor_url, place_of
from bookings.models import Booking, Hold, WaitingEntry
from bookings.permissions import release_of
from bookings.states import Actor
from core.calendar_file import CalendarEntry
from core.formats import money
from core.web.links import absolute
from integrations.outbox import Addressee, Draft, email
from patients.models import PatientProfile

REMINDER = "APPOINTMENT_REMINDER"
_CANCELLED_BY = {Actor.PATIENT: "PATIENT", Actor.DOCTOR: "DOCTOR", Actor.STAFF: "HOSPITAL", Actor.SYSTEM: "HOSPITAL"}


def streams(booking: Booking) -> str:
    """What the streams of all who are told of one appointment, moved or not, begin with."""
    return f"booking:{booking.calendar_uid}:"


def stream_of_patient(booking: Booking) -> str:
    """Each reader is told in the order of what happened, and waits for nobody else's mailbox."""
    return f"{streams(booking)}patient"


def stream_of_doctor(booking: Booking) -> str:
    return f"{streams(booking)}doctor"


def booked(booking: Booking) -> list[Draft]:
    """To the patient: booked, or asked for; to the doctor: somebody booked."""
    waits, told = booking.status == Status.PENDING, _told(booking, booking.created_at)
    mails = _reachable(
        _to_patient(told, "BOOKING_PENDING" if waits else "BOOKING_CONFIRMATION"),
        _to_doctor(told, "BOOKING_NOTIFICATION", needs_confirmation=waits),
    )
    return [*mails, *calendar_events.shown(booking)]


def confirmed(booking: Booking, *, at: datetime) -> list[Draft]:
    """To the patient: the doctor said yes."""
    mails = _reachable(_to_patient(_told(booking, at), "BOOKING_CONFIRMATION"))
    return [*mails, *calendar_events.shown(booking)]


def cancelled(booking: Booking, *, by: Actor, was_request: bool = False, at: datetime) -> list[Draft]:
    """To both, also to whoever cancelled: the file in it takes the appointment out of their calendar.

    `was_request`: nobody had confirmed it, so it was withdrawn or declined.
    """
    facts = {"cancelled_by": _CANCELLED_BY[by]} | ({"was_request": True} if was_request else {})
    again = absolute(doctor_url(booking.doctor) if booking.doctor.is_listed else reverse("doctors:directory"))
    told = _told(booking, at)
    mails = _reachable(
        _to_patient(told, "BOOKING_CANCELLED", recipient_role="PATIENT", book_again_url=again, **facts),
        _to_doctor(told, "BOOKING_CANCELLED", recipient_role="DOCTOR", **facts),
    )
    return [*mails, *calendar_events.taken_out(booking)]


def times_offered(booking: Booking, offers: Sequence[Hold], *, at: datetime) -> list[Draft]:
    """To the patient: the doctor is away, other times are held until they expire (B6)."""
    if not offers:
        return []
    choose = absolute(reverse("bookings:offers", args=[booking.reference]))
    times = [
        {
            "starts_at": _local(hold.slot.starts_at),
            "ends_at": _local(hold.slot.ends_at),
            # Leads to the button that takes it: opening a link changes nothing, for mail programs open links too.
            "accept_url": f"{choose}?slot={hold.slot_id}",
        }
        for hold in offers
    ]
    draft = email(
        to=addressee_of(booking.patient),
        action="TIMES_OFFERED",
        data={
            **_facts(booking),
            "offers": times,
            "expires_at": _local(max(hold.until for hold in offers)),
            "keep_or_cancel_url": choose,
            **({"needs_confirmation": True} if booking.status == Status.PENDING else {}),
        },
        dedupe_key=f"TIMES_OFFERED:{booking.uid}:{at:%Y%m%dT%H%M%S%fZ}",
        stream=stream_of_patient(booking),
        expires_at=max(hold.until for hold in offers),
    )
    return _reachable(draft)


def moved(booking: Booking, *, at: datetime) -> list[Draft]:
    """To both: the appointment has another time (C7). The file replaces the old one in their calendars."""
    if booking.moved_from is None:
        raise ValueError("not a moved appointment")
    facts = {
        "previous_starts_at": _local(booking.moved_from.starts_at),
        "needs_confirmation": booking.status == Status.PENDING,
    }
    told = _told(booking, at)
    mails = _reachable(
        _to_patient(told, "BOOKING_RESCHEDULED", recipient_role="PATIENT", **facts),
        _to_doctor(told, "BOOKING_RESCHEDULED", recipient_role="DOCTOR", **facts),
    )
    return [*mails, *calendar_events.shown(booking)]


def time_held(held: Hold, *, in_place_of: str = "", earlier_than: datetime | None = None) -> list[Draft]:
    """To a patient on the waiting list: a time is held for them (C9). Dropped when it comes too late to be answered.

    `in_place_of`: the doctor whose place a colleague takes, who has left (H3). `earlier_than`: when their appointment
    with the doctor is; without one the time is not "earlier" than anything.
    """
    slot = held.slot
    draft = email(
        to=addressee_of(held.patient),
        action="WAITLIST_OFFER",
        data={
            "offer": {
                "doctor_name": slot.doctor.display_name,
                "department": slot.doctor.department.name,
                "starts_at": _local(slot.starts_at),
                "ends_at": _local(slot.ends_at),
                "time_zone": settings.TIME_ZONE,
                "place": place_of(slot.doctor).replace("\n", ", "),
            },
            "expires_at": _local(held.until),
            "accept_url": absolute(reverse("bookings:waiting_offer", args=[held.pk])),
            "manage_url": absolute(reverse("bookings:waiting_decline", args=[held.pk])),
            **({"in_place_of": in_place_of} if in_place_of else {}),
            **({"earlier_than": _local(earlier_than)} if earlier_than else {}),
        },
        dedupe_key=f"WAITLIST_OFFER:{held.pk}",
        stream=f"waiting:{held.entry_id}",
        expires_at=held.until,
    )
    return _reachable(draft)


def waiting_closed(entry: WaitingEntry) -> list[Draft]:
    """To a patient on the waiting list of a doctor who leaves (H3)."""
    draft = email(
        to=addressee_of(entry.patient),
        action="WAITLIST_CLOSED",
        data={"doctor_name": entry.doctor.display_name, "find_url": absolute(reverse("doctors:directory"))},
        dedupe_key=f"WAITLIST_CLOSED:{entry.pk}",
        stream=f"waiting:{entry.pk}",
    )
    return _reachable(draft)


def account_closed(user: User, *, at: datetime) -> Draft:
    """To whoever had the account: it is closed (H3)."""
    return email(
        to=user,
        action="ACCOUNT_CLOSED",
        data={"site_url": absolute("/")},
        dedupe_key=f"ACCOUNT_CLOSED:{user.pk}:{at:%Y%m%dT%H%M%S%fZ}",
        stream=f"account:{user.pk}",
    )


def reminder(booking: Booking, *, now: datetime) -> Draft:
    """To the patient, once for each appointment and time; dropped when the appointment has begun before it left."""
    facts: dict[str, Any] = {}
    until = release_of(booking).until
    if until > now:
        facts["cancel_until"] = _local(until)
    if booking.status == Status.PENDING:
        facts["needs_confirmation"] = True
    return email(
        to=addressee_of(booking.patient),
        action=REMINDER,
        data={**_facts(booking), **facts},
        dedupe_key=f"{REMINDER}:{booking.uid}:{booking.starts_at:%Y%m%dT%H%MZ}",
        stream=stream_of_patient(booking),
        expires_at=booking.starts_at,
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What a step tells of its appointment, put into words once for both who are told."""

    booking: Booking
    facts: dict[str, Any]
    entry: CalendarEntry


def _told(booking: Booking, at: datetime) -> _Told:
    return _Told(booking, _facts(booking), entry_in_mails(booking, changed_at=at))


def _to_patient(told: _Told, action: str, **facts: Any) -> Draft:
    return _mail(told, addressee_of(told.booking.patient), action, for_patient=True, **facts)


def _to_doctor(told: _Told, action: str, **facts: Any) -> Draft:
    return _mail(told, told.booking.doctor.user, action, for_patient=False, **facts)


def _mail(told: _Told, to: User | Addressee, action: str, *, for_patient: bool, **facts: Any) -> Draft:
    booking = told.booking
    calendar = invitation(booking, told.entry, to=to, for_patient=for_patient)
    return email(
        to=to,
        action=action,
        data={**told.facts, "calendar": calendar.as_data(), **facts},
        dedupe_key=f"{action}:{booking.uid}:{'patient' if for_patient else 'doctor'}:{booking.calendar_sequence}",
        stream=stream_of_patient(booking) if for_patient else stream_of_doctor(booking),
    )


def _reachable(*drafts: Draft) -> list[Draft]:
    """Those with an address: a walk-in patient may have none, and is told at the desk."""
    return [draft for draft in drafts if draft.data["to"]["email"]]


def addressee_of(patient: PatientProfile) -> User | Addressee:
    """Their own account, their guardian's, or just an address."""
    return patient.account or Addressee(patient.full_name, patient.email)


def _facts(booking: Booking) -> dict[str, Any]:
    return {
        "booking": {
            "reference": booking.reference,
            "doctor_name": booking.doctor.display_name,
            "department": booking.doctor.department.name,
            "patient_name": booking.patient.full_name,
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
