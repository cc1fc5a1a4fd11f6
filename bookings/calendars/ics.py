"""An appointment as a calendar file (RFC 5545). No reason, no notes: calendars are shared and synchronised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override
from icalendar import Calendar, vDuration, vText

from accounts.models import User
from bookings.choices import STATUSES, Status
from bookings.links import detail_url, place_of
from bookings.models import Booking
from core.calendar_file import CalendarEntry, CalendarInvitation, Mailbox, Method, calendar_bytes, empty_calendar
from core.web.links import absolute
from integrations.outbox import Addressee

READ_AGAIN_AFTER = timedelta(hours=1)


def calendar_file(booking: Booking, *, for_patient: bool, changed_at: datetime) -> bytes:
    """The file of `booking` to download. `changed_at`: when its last step was taken."""
    entry = _entry(booking, for_patient=for_patient, changed_at=changed_at)
    return calendar_bytes(_empty("PUBLISH"), entry.event())


def entry_in_mails(booking: Booking, *, changed_at: datetime) -> CalendarEntry:
    """As the patient's mail has it: in the hospital's language, and not in that of whoever changed it."""
    with override(settings.LANGUAGE_CODE):
        return _entry(booking, for_patient=True, changed_at=changed_at)


def invitation(
    booking: Booking, entry: CalendarEntry, *, to: User | Addressee, for_patient: bool
) -> CalendarInvitation:
    """What a mail carries (D6, RFC 5546): put `entry` into the reader's calendar, replace it there, or take it out."""
    if not for_patient:
        with override(settings.LANGUAGE_CODE):
            entry = replace(entry, summary=_title(booking, for_patient=False))
    return CalendarInvitation(
        filename=f"appointment-{booking.reference}.ics",
        method="CANCEL" if booking.status == Status.CANCELLED else "REQUEST",
        maker=settings.HOSPITAL_NAME,
        entry=entry,
        organizer=Mailbox(name=settings.HOSPITAL_NAME, email=settings.HOSPITAL_EMAIL),
        attendee=Mailbox(name=to.full_name, email=to.email),
    )


def calendar_feed(bookings: Iterable[Booking], *, for_patient: bool, name: str) -> bytes:
    """The appointments of one person as a calendar to subscribe to (E4), read anew every hour.

    Read each booking `with_last_change`. The same appointments give the same bytes.
    """
    calendar = _empty("PUBLISH")
    calendar.add("x-wr-calname", vText(name))
    calendar.add("x-wr-timezone", vText(settings.TIME_ZONE))
    calendar.add("refresh-interval", vDuration(READ_AGAIN_AFTER), parameters={"VALUE": "DURATION"})  # RFC 7986
    calendar.add("x-published-ttl", vDuration(READ_AGAIN_AFTER))
    entries = (_entry(booking, for_patient=for_patient, changed_at=booking.last_change_at) for booking in bookings)
    return calendar_bytes(calendar, *(entry.event() for entry in entries))


def _empty(method: Method) -> Calendar:
    return empty_calendar(method, maker=settings.HOSPITAL_NAME)


def _entry(booking: Booking, *, for_patient: bool, changed_at: datetime) -> CalendarEntry:
    url = absolute(detail_url(booking))
    return CalendarEntry(
        uid=f"{booking.calendar_uid}@{urlsplit(settings.BASE_URL).hostname}",
        sequence=booking.calendar_sequence,
        changed_at=changed_at,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        summary=_title(booking, for_patient=for_patient),
        location=place_of(booking.doctor).replace("\n", ", "),
        description=_description(booking, url),
        url=url,
        status=STATUSES[Status(booking.status)].calendar,
    )


def _title(booking: Booking, *, for_patient: bool) -> str:
    """With whom; for a guardian also for whom, since it stands among their own appointments (C11). Many programs show a
    cancelled event like any other: its title says it as well."""
    doctor, patient = booking.doctor.display_name, booking.patient
    is_cancelled = booking.status == Status.CANCELLED
    if for_patient and not patient.user_id:
        said = (
            _("Cancelled: appointment with %(doctor)s for %(patient)s")
            if is_cancelled
            else _("Appointment with %(doctor)s for %(patient)s")
        )
        return said % {"doctor": doctor, "patient": patient.full_name}
    said = _("Cancelled: appointment with %(name)s") if is_cancelled else _("Appointment with %(name)s")
    return said % {"name": doctor if for_patient else patient.full_name}


def reference_lines(booking: Booking, url: str) -> list[str]:
    """What every entry in a calendar says of the appointment: how we know it, and where it is changed."""
    return [
        _("Reference %(reference)s") % {"reference": booking.reference},
        _("Change or cancel: %(url)s") % {"url": url},
    ]


def phone_line() -> str:
    return _("Phone: %(phone)s") % {"phone": settings.HOSPITAL_PHONE}


def _description(booking: Booking, url: str) -> str:
    return "\n".join([*reference_lines(booking, url), phone_line()])
