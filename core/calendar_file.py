"""Calendar files (RFC 5545) from facts; whose appointment it is, and what may be said of it, other rooms know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from icalendar import Calendar, Event, vCalAddress, vText, vUri

T = TypeVar("T")
Method = Literal["PUBLISH", "REQUEST", "CANCEL"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarEntry:
    """One event. Its times are written in UTC: an instant that no reader can get wrong, whatever it makes of other
    people's time zones."""

    uid: str
    sequence: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str
    description: str
    url: str
    status: str

    def event(self) -> Event:
        event = Event()
        event.add("uid", self.uid)
        event.add("sequence", self.sequence)
        event.add("dtstamp", self.changed_at)
        event.add("dtstart", self.starts_at.astimezone(UTC))
        event.add("dtend", self.ends_at.astimezone(UTC))
        event.add("summary", vText(self.summary))
        event.add("location", vText(self.location))
        event.add("description", vText(self.description))
        event.add("url", vUri(self.url))
        event.add("status", self.status)
        return event


def empty_calendar(method: Method, *, maker: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", f"-//{maker}//Appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def calendar_bytes(calendar: Calendar, *events: Event) -> bytes:
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailbox:
    name: str
    email: str

    def address(self, **parameters: str) -> vCalAddress:
        address = vCalAddress(f"MAILTO:{self.email}")
        for name, value in {"CN": self.name, **parameters}.items():
            address.params[name] = vText(value)
        return address


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarInvitation:
    """What a mail carries (RFC 5546), as facts that JSON can hold: the file itself is made when the mail leaves.

    All that stands in it stands here, so that it is the same file at every try.
    """

    filename: str
    method: Method
    maker: str
    entry: CalendarEntry
    organizer: Mailbox
    attendee: Mailbox

    def as_data(self) -> dict[str, Any]:
        parts = {"entry": self.entry, "organizer": self.organizer, "attendee": self.attendee}
        return _told(self) | {name: _told(part) for name, part in parts.items()}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> CalendarInvitation:
        """Leaves out what a newer release may have added."""
        parts: dict[str, Any] = {"entry": _made(CalendarEntry, data["entry"])}
        parts |= {who: _made(Mailbox, data[who]) for who in ("organizer", "attendee")}
        return _made(cls, {**data, **parts})

    def file(self) -> dict[str, str]:
        """`filename`, `method` and `content`, as the contract of the e-mail function has it."""
        event = self.entry.event()
        event.add("organizer", self.organizer.address())
        event.add("attendee", self.attendee.address(PARTSTAT="ACCEPTED", RSVP="FALSE"))
        content = calendar_bytes(empty_calendar(self.method, maker=self.maker), event).decode()
        return {"filename": self.filename, "method": self.method, "content": content}


_MOMENTS = {"changed_at", "starts_at", "ends_at"}


def _told(facts: Any) -> dict[str, Any]:
    return {name: _said(getattr(facts, name)) for name in facts.__slots__}


def _said(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _made(kind: type[T], data: Mapping[str, Any]) -> T:
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: _read(name, value) for name, value in data.items() if name in names})


def _read(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name in _MOMENTS else value
