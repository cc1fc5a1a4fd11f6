"""An appointment in its people's own calendars (E2): facts for the outbox, beside the mails. Nothing clinical."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from bookings.calendars.ics import phone_line, reference_lines
from bookings.choices import Status
from bookings.links import detail_url, place_of
from bookings.models import Booking
from core.web.links import absolute
from integrations.google_calendar.services import (
    EventChange,
    EventFacts,
    event_drafts,
    event_id_for,
    google_events,
    has_calendar,
)
from integrations.outbox import Draft

Operation = Literal["upsert", "delete"]


def event_ids(calendar_uid: uuid.UUID) -> dict[str, str]:
    """What the two events are known by. A move keeps `calendar_uid`, and so changes the events it finds.

    Each person's is another: doctor and patient may share a calendar at Google.
    """
    return {
        "doctor_event_id": event_id_for(uuid.uuid5(calendar_uid, "doctor")),
        "patient_event_id": event_id_for(uuid.uuid5(calendar_uid, "patient")),
    }


def shown(booking: Booking) -> list[Draft]:
    """Let it stand in both calendars as it stands here: after booking, confirming and moving."""
    return _drafts(booking, "upsert")


def taken_out(booking: Booking) -> list[Draft]:
    """Take it out of both calendars."""
    return _drafts(booking, "delete")


def _drafts(booking: Booking, operation: Operation) -> list[Draft]:
    """Nothing is put into words for those who have no calendar connected, which is almost everybody."""
    return event_drafts(
        (user, _change(booking, user, operation, "", for_patient=for_patient))
        for user, for_patient in _people(booking)
        if has_calendar(user)
    )


def erased(bookings: Iterable[Booking]) -> list[Draft]:
    """Take whatever we ever wrote about them out of both calendars, past ones and all, and say nobody's name doing it.

    A move keeps the events of what was moved, so each is asked for once.
    """
    found = {
        (change.user_id, change.facts.event_id): replace(
            change, facts=replace(change.facts, summary="", location="", description="", url="")
        )
        for booking in bookings
        for _user, change in changes(booking, "delete", "erased")
    }
    return google_events(found.values())


def changes(booking: Booking, operation: Operation, occasion: str = "") -> list[tuple[User, EventChange]]:
    """For each account that has it in its calendar; a patient without an account is their guardian's."""
    return [
        (user, _change(booking, user, operation, occasion, for_patient=for_patient))
        for user, for_patient in _people(booking)
    ]


def _people(booking: Booking) -> list[tuple[User, bool]]:
    """Whose calendars it stands in, and whether as the patient's."""
    people = [(booking.doctor.user, False), (booking.patient.account, True)]
    return [(user, for_patient) for user, for_patient in people if user is not None]


def _change(booking: Booking, user: User, operation: Operation, occasion: str, *, for_patient: bool) -> EventChange:
    facts = event_facts(booking, for_patient=for_patient)
    return EventChange(user_id=user.pk, operation=operation, facts=facts, occasion=occasion)


def event_facts(booking: Booking, *, for_patient: bool) -> EventFacts:
    """The appointment as the doctor's or the patient's calendar shows it, on the hospital's clock and in its language:
    whoever changes it, the hourly comparison (calendars/rules.py) expects the same words."""
    url = absolute(detail_url(booking))
    other = booking.doctor.display_name if for_patient else booking.patient.full_name
    with override(settings.LANGUAGE_CODE):
        summary = _("Appointment with %(name)s") % {"name": other}
        description = "\n".join(_description(booking, url, for_patient=for_patient))
    return EventFacts(
        event_id=booking.patient_event_id if for_patient else booking.doctor_event_id,
        sequence=booking.calendar_sequence,
        summary=summary,
        location=place_of(booking.doctor).replace("\n", ", "),
        description=description,
        url=url,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        time_zone=settings.TIME_ZONE,
    )


def _description(booking: Booking, url: str, *, for_patient: bool) -> list[str]:
    lines = reference_lines(booking, url)
    if for_patient:
        lines.append(phone_line())
        if booking.patient.user is None:
            lines.insert(0, _("For %(patient)s") % {"patient": booking.patient.full_name})
    if booking.status == Status.PENDING:
        lines.insert(0, _("Not confirmed yet"))
    return lines
