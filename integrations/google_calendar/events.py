"""An appointment as a calendar shows it, and the event Google makes of it."""

from __future__ import annotations

import base64
import uuid
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings


def marks() -> dict[str, str]:
    """What tells our events from everything else in a person's calendar, another copy of this site's among it."""
    return {"hms": urlsplit(settings.BASE_URL).netloc}


@dataclass(frozen=True, kw_only=True)
class EventFacts:
    """What one calendar is to show. `sequence` rises with each change; `time_zone` is an IANA name.

    `starts_at` and `ends_at` are aware. `summary`, `location` and `description` must carry nothing clinical.
    """

    event_id: str
    sequence: int
    summary: str
    location: str
    description: str
    url: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str

    def as_data(self) -> dict[str, Any]:
        """For the outbox, which keeps JSON."""
        return asdict(self) | {"starts_at": self.starts_at.isoformat(), "ends_at": self.ends_at.isoformat()}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> EventFacts:
        moments = {name: datetime.fromisoformat(data[name]) for name in ("starts_at", "ends_at")}
        return cls(**{**data, **moments})

    def as_event(self) -> dict[str, Any]:
        """The body of Google's `Event`: https://developers.google.com/workspace/calendar/api/v3/reference/events."""
        return {
            "id": self.event_id,
            "status": "confirmed",
            "sequence": self.sequence,
            "summary": self.summary,
            "location": self.location,
            "description": self.description,
            "start": {"dateTime": self.starts_at.isoformat(), "timeZone": self.time_zone},
            "end": {"dateTime": self.ends_at.isoformat(), "timeZone": self.time_zone},
            "source": {"title": self.summary, "url": self.url},
            "visibility": "private",  # whoever shares the calendar sees only "busy"
            "extendedProperties": {"private": marks()},
        }


@dataclass(frozen=True, kw_only=True)
class SeenEvent:
    """One of our events as it stands at Google. Times are None when its owner made it last all day."""

    event_id: str
    sequence: int
    summary: str
    location: str
    starts_at: datetime | None
    ends_at: datetime | None

    @classmethod
    def from_event(cls, event: dict[str, Any]) -> SeenEvent:
        return cls(
            event_id=event["id"],
            sequence=int(event.get("sequence", 0)),
            summary=event.get("summary", ""),
            location=event.get("location", ""),
            starts_at=_moment(event.get("start", {})),
            ends_at=_moment(event.get("end", {})),
        )


@dataclass(frozen=True)
class BusyTime:
    """A half-open span, aware, in which a calendar says "busy"."""

    starts_at: datetime
    ends_at: datetime


def event_id_for(key: uuid.UUID) -> str:
    """A UUID as Google wants ids: base32hex, lower case, no padding (RFC 4648 section 7)."""
    return base64.b32hexencode(key.bytes).decode().rstrip("=").lower()


def _moment(edge: dict[str, Any]) -> datetime | None:
    return datetime.fromisoformat(edge["dateTime"]) if "dateTime" in edge else None
