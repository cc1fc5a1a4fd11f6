"""Calendar v3, as far as we use it: https://developers.google.com/workspace/calendar/api/v3/reference

One calendar an account ("primary", or the account's address), single events only.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.google_calendar.fake.answers import Answer, api_problem, json_answer
from integrations.google_calendar.fake.store import Event, FakeGrant, FakeStore

ID = re.compile(r"[a-v0-9]{5,1024}")
WRITES = {"calendar", "calendar.events", "calendar.events.owned", "calendar.app.created"}
READS = {*WRITES, "calendar.readonly", "calendar.events.readonly", "calendar.events.owned.readonly"}
LOOKS = {"calendar", "calendar.readonly", "calendar.freebusy", "calendar.events.freebusy"}
PAGE = 250


class Calendar:
    """One account's calendar, as one call sees it."""

    def __init__(self, store: FakeStore, grant: FakeGrant, calendar_id: str) -> None:
        if calendar_id not in {"primary", grant.email}:
            raise api_problem(404, "notFound", "Not Found")
        self.store, self.grant = store, grant
        self.events = store.calendars.setdefault(grant.email, {})

    def insert(self, body: Event) -> Answer:
        self._needs(WRITES)
        event_id = body.get("id") or secrets.token_hex(13)
        if not ID.fullmatch(event_id):
            raise api_problem(400, "invalid", "Invalid resource id value.")
        with self.store.changing():
            if event_id in self.events:  # a cancelled one too
                raise api_problem(409, "duplicate", "The requested identifier already exists.")
            fresh = {"id": event_id, "status": "confirmed", "created": stamp()}
            return self._put(fresh | clean(body), int(body.get("sequence") or 0))

    def get(self, event_id: str) -> Answer:
        self._needs(READS)
        return json_answer(self._known(event_id))

    def update(self, event_id: str, body: Event, etag: str) -> Answer:
        """PUT: what is left out is gone."""
        return self._change(event_id, body, etag, kept={"created"})

    def patch(self, event_id: str, body: Event, etag: str) -> Answer:
        """PATCH: what is left out stays."""
        return self._change(event_id, body, etag, kept=None)

    def _change(self, event_id: str, body: Event, etag: str, kept: set[str] | None) -> Answer:
        self._needs(WRITES)
        with self.store.changing():
            old = self._known(event_id)
            if etag and etag != old["etag"]:
                raise api_problem(412, "conditionNotMet", "Precondition Failed")
            sequence = int(body["sequence"] if "sequence" in body else old["sequence"])
            if sequence < old["sequence"]:
                raise api_problem(400, "invalid", "Invalid sequence value.")
            base = old if kept is None else {name: old[name] for name in kept}
            return self._put(base | {"id": event_id, "status": "confirmed"} | clean(body), sequence)

    def delete(self, event_id: str) -> Answer:
        self._needs(WRITES)
        with self.store.changing():
            event = self._known(event_id)
            if event["status"] == "cancelled":
                raise api_problem(410, "deleted", "Resource has been deleted")
            self._put({**event, "status": "cancelled"}, event["sequence"] + 1)
            return Answer(204)

    def matching(self, query: Mapping[str, Sequence[str]]) -> Answer:
        self._needs(READS)
        first = {name: values[0] for name, values in query.items()}
        marks = [mark.split("=", 1) for mark in query.get("privateExtendedProperty", [])]
        found = [event for event in self._ordered() if is_wanted(event, first, marks)]
        size, start = int(first.get("maxResults", PAGE)), int(first.get("pageToken", 0))
        answer: dict[str, Any] = {"kind": "calendar#events", "summary": self.grant.email}
        answer["items"] = found[start : start + size]
        if start + size < len(found):
            answer["nextPageToken"] = str(start + size)
        return json_answer(answer)

    def busy(self, since: datetime, until: datetime) -> list[dict[str, str]]:
        """Merged spans in which an event stands that is not marked as free."""
        self._needs(LOOKS)
        spans: list[list[datetime]] = []
        for event in self._ordered():
            start, end = max(moment(event["start"]), since), min(moment(event["end"]), until)
            if event["status"] == "cancelled" or event.get("transparency") == "transparent" or start >= end:
                continue
            if spans and start <= spans[-1][1]:
                spans[-1][1] = max(end, spans[-1][1])
            else:
                spans.append([start, end])
        return [{"start": rfc3339(start), "end": rfc3339(end)} for start, end in spans]

    def _needs(self, scopes: set[str]) -> None:
        if not scopes.intersection(scope.rpartition("/")[2] for scope in self.grant.scopes):
            raise api_problem(403, "insufficientPermissions", "Request had insufficient authentication scopes.")

    def _known(self, event_id: str) -> Event:
        if event_id not in self.events:
            raise api_problem(404, "notFound", "Not Found")
        return self.events[event_id]

    def _ordered(self) -> list[Event]:
        return sorted(self.events.values(), key=lambda event: (moment(event["start"]), event["id"]))

    def _put(self, event: Event, sequence: int) -> Answer:
        owner = {"email": self.grant.email, "self": True}
        self.store.changes += 1
        event |= {
            "kind": "calendar#event",
            "etag": f'"{self.store.changes}"',
            "sequence": sequence,
            "updated": stamp(),
            "creator": owner,
            "organizer": owner,
            "iCalUID": event.get("iCalUID", f"{event['id']}@google.com"),
        }
        if moment(event["start"]) >= moment(event["end"]):
            raise api_problem(400, "timeRangeEmpty", "The specified time range is empty.")
        self.events[event["id"]] = event
        return json_answer(event)


def free_busy(store: FakeStore, grant: FakeGrant, body: dict[str, Any]) -> Answer:
    since, until = datetime.fromisoformat(body["timeMin"]), datetime.fromisoformat(body["timeMax"])
    calendars = {item["id"]: {"busy": Calendar(store, grant, item["id"]).busy(since, until)} for item in body["items"]}
    return json_answer({"kind": "calendar#freeBusy", "calendars": calendars})


def is_wanted(event: Event, query: dict[str, str], marks: list[list[str]]) -> bool:
    """`timeMin` bounds the end and `timeMax` the start, both exclusive."""
    if event["status"] == "cancelled" and query.get("showDeleted") != "true":
        return False
    if "timeMin" in query and moment(event["end"]) <= datetime.fromisoformat(query["timeMin"]):
        return False
    if "timeMax" in query and moment(event["start"]) >= datetime.fromisoformat(query["timeMax"]):
        return False
    private = event.get("extendedProperties", {}).get("private", {})
    return all(private.get(key) == value for key, value in marks)


def clean(body: Event) -> Event:
    """What a caller may set. An edge without zone or day is refused, as Google does."""
    for edge in ("start", "end"):
        if edge in body:
            moment(body[edge])
    return {name: value for name, value in body.items() if name not in {"etag", "created", "updated", "kind"}}


def moment(edge: Mapping[str, str]) -> datetime:
    """The instant an edge stands for; a day without time begins at midnight UTC."""
    try:
        if "date" in edge:
            return datetime.fromisoformat(edge["date"]).replace(tzinfo=UTC)
        value = datetime.fromisoformat(edge["dateTime"])
        return value if value.tzinfo else value.replace(tzinfo=ZoneInfo(edge["timeZone"]))
    except (KeyError, ValueError, TypeError):
        raise api_problem(400, "required", "Missing or invalid start or end time.") from None


def stamp() -> str:
    return rfc3339(datetime.fromtimestamp(time.time(), UTC))


def rfc3339(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
