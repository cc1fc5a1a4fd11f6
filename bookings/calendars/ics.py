"""An appointment as a calendar file (RFC 5545). No reason, no notes: calendars are shared and synchronised."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override
from icalendar import Calendar, Event, vCalAddress, vDuration, vText, vUri

from accounts.models import User
from bookings.choices import STATUSES, Status
from bookings.links import detail_url, place_of
from bookings.models import Booking
from core.site import site_facts
from core.web.links import absolute
from integrations.outbox import Addressee

READ_AGAIN_AFTER = timedelta(hours=1)
Method = Literal["PUBLISH", "REQUEST", "CANCEL"]


def calendar_file(booking: Booking, *, for_patient: bool, changed_at: datetime) -> bytes:
    """The file of `booking` to download. `changed_at`: when its last step was taken."""
    event = _event(booking, for_patient=for_patient, changed_at=changed_at)
    return _calendar("PUBLISH", event)


def calendar_message(
    booking: Booking, *, to: User | Addressee, for_patient: bool, changed_at: datetime
) -> dict[str, str]:
    """What a mail carries (D6, RFC 5546): put it into the reader's calendar, replace it there, or take it out. In the
    hospital's language, as the mail, and not in that of whoever changed it."""
    method: Method = "CANCEL" if booking.status == Status.CANCELLED else "REQUEST"
    with override(settings.LANGUAGE_CODE):
        event = _event(booking, for_patient=for_patient, changed_at=changed_at)
    organizer = vCalAddress(f"MAILTO:{settings.HOSPITAL_EMAIL}")
    organizer.params["CN"] = vText(settings.HOSPITAL_NAME)
    attendee = vCalAddress(f"MAILTO:{to.email}")
    attendee.params["CN"] = vText(to.full_name)
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    attendee.params["RSVP"] = vText("FALSE")
    event.add("organizer", organizer)
    event.add("attendee", attendee)
    content = _calendar(method, event).decode()
    return {"filename": f"appointment-{booking.reference}.ics", "method": method, "content": content}


def calendar_feed(bookings: Iterable[Booking], *, for_patient: bool, name: str) -> bytes:
    """The appointments of one person as a calendar to subscribe to (E4), read anew every hour.

    Read each booking `with_last_change`. The same appointments give the same bytes.
    """
    calendar = _empty("PUBLISH")
    calendar.add("x-wr-calname", vText(name))
    calendar.add("x-wr-timezone", vText(settings.TIME_ZONE))
    calendar.add("refresh-interval", vDuration(READ_AGAIN_AFTER), parameters={"VALUE": "DURATION"})  # RFC 7986
    calendar.add("x-published-ttl", vDuration(READ_AGAIN_AFTER))
    for booking in bookings:
        calendar.add_component(_event(booking, for_patient=for_patient, changed_at=booking.last_change_at))
    return bytes(calendar.to_ical())


def _calendar(method: Method, event: Event) -> bytes:
    calendar = _empty(method)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _empty(method: Method) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", f"-//{site_facts()['name']}//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def _event(booking: Booking, *, for_patient: bool, changed_at: datetime) -> Event:
    """Times in UTC: an instant that no reader can get wrong, whatever it makes of other people's time zones."""

    url = absolute(detail_url(booking))
    event = Event()
    event.add("uid", f"{booking.calendar_uid}@{urlsplit(settings.BASE_URL).hostname}")
    event.add("sequence", booking.calendar_sequence)
    event.add("dtstamp", changed_at)
    event.add("dtstart", booking.starts_at.astimezone(UTC))
    event.add("dtend", booking.ends_at.astimezone(UTC))
    event.add("summary", vText(_title(booking, for_patient=for_patient)))
    event.add("location", vText(place_of(booking.doctor).replace("\n", ", ")))
    event.add("description", vText(_description(booking, url)))
    event.add("url", vUri(url))
    event.add("status", STATUSES[Status(booking.status)].calendar)
    return event


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
    return _("Phone: %(phone)s") % {"phone": site_facts()["phone"]}


def _description(booking: Booking, url: str) -> str:
    return "\n".join([*reference_lines(booking, url), phone_line()])
