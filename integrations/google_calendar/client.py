"""Google Calendar v3, by Google's own library. Each call builds its own client: httplib2 is not thread-safe.

The access token lives as long as the call. Nothing here may run inside a transaction.
"""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import httplib2
from django.conf import settings
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.oauth2.credentials import Credentials
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build
from googleapiclient.errors import Error as ApiError
from googleapiclient.errors import HttpError

from integrations.errors import PermanentFailure, TemporaryFailure, TimedOut, VendorAway
from integrations.google_calendar import config
from integrations.google_calendar.errors import GrantRevoked
from integrations.google_calendar.events import BusyTime, EventFacts, SeenEvent, marks
from integrations.models import GoogleConnection, TokenOfSomebodyElse

CALENDAR = "primary"
_LONGEST_CLEARING = 15.0  # seconds, well within the lease of an outbox message
_EXISTS = 409
_GONE = {404, 410}
_REFUSED = 403
# What trying again can't help. Every other 403 can pass: limits, or an interface an administrator has yet to switch on.
# https://developers.google.com/workspace/calendar/api/guides/errors
_NEVER = {400, 404, 409, 410, 413, 422}
_NOT_GRANTED = {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}
_CODE = re.compile(r"[A-Za-z_]{1,40}")


def upsert_event(connection: GoogleConnection, facts: EventFacts) -> str:
    """Make the event stand as `facts` say, however often it is called; returns the calendar's e-mail address or "".

    The id is ours, so a repeat after a lost answer finds the first one (409) instead of making a second.
    Raises TemporaryFailure, PermanentFailure, GrantRevoked.
    """
    with _events(connection) as events:
        body = facts.as_event()
        try:
            event = events.insert(calendarId=CALENDAR, body=body).execute()
        except HttpError as error:
            if error.status_code != _EXISTS:
                raise
            event = _overwrite(events, body)
        return _owner(event)


def _overwrite(events: Any, body: dict[str, Any]) -> dict[str, Any]:
    """Update, which also revives a cancelled event. Google refuses a sequence below the one it has."""
    standing = events.get(calendarId=CALENDAR, eventId=body["id"]).execute()
    body = body | {"sequence": max(body["sequence"], int(standing.get("sequence", 0)))}
    return dict(events.update(calendarId=CALENDAR, eventId=body["id"], body=body).execute())


def delete_event(connection: GoogleConnection, event_id: str) -> None:
    """Take the event out; one that is not there is out already.

    Raises TemporaryFailure, PermanentFailure, GrantRevoked.
    """
    with _events(connection) as events:
        _delete(events, event_id)


def delete_our_events(connection: GoogleConnection) -> None:
    """Take every event of ours out, past ones too. Stops with TemporaryFailure when it takes too long: call again.

    Raises TemporaryFailure, PermanentFailure, GrantRevoked.
    """
    begun = time.monotonic()
    with _events(connection) as events:
        for event in _all_ours(events):
            _delete(events, event.event_id)
            if time.monotonic() - begun > _LONGEST_CLEARING:
                raise TemporaryFailure("there are more events to take out")


def _delete(events: Any, event_id: str) -> None:
    try:
        events.delete(calendarId=CALENDAR, eventId=event_id).execute()
    except HttpError as error:
        if error.status_code not in _GONE:
            raise


def list_events(
    connection: GoogleConnection, since: datetime | None = None, until: datetime | None = None
) -> list[SeenEvent]:
    """Our own events that end after `since` and start before `until` (aware; None: no bound).

    Raises TemporaryFailure, PermanentFailure, GrantRevoked.
    """
    bounds = {"timeMin": since, "timeMax": until}
    with _events(connection) as events:
        return _all_ours(events, **{name: moment.isoformat() for name, moment in bounds.items() if moment})


def _all_ours(events: Any, **bounds: str) -> list[SeenEvent]:
    ours = [f"{key}={value}" for key, value in marks().items()]
    request = events.list(calendarId=CALENDAR, privateExtendedProperty=ours, singleEvents=True, **bounds)
    found: list[SeenEvent] = []
    while request is not None:
        answer = request.execute()
        found += [SeenEvent.from_event(event) for event in answer.get("items", [])]
        request = events.list_next(request, answer)
    return found


def busy_times(connection: GoogleConnection, since: datetime, until: datetime) -> list[BusyTime]:
    """When the calendar says "busy" between two aware instants; needs the doctor's further consent.

    Raises TemporaryFailure, PermanentFailure, GrantRevoked.
    """
    body = {"timeMin": since.isoformat(), "timeMax": until.isoformat(), "items": [{"id": CALENDAR}]}
    with _service(connection) as service:
        calendar = service.freebusy().query(body=body).execute()["calendars"][CALENDAR]
        if calendar.get("errors"):
            raise TemporaryFailure("Google could not say when the calendar is busy")
        return [
            BusyTime(datetime.fromisoformat(span["start"]), datetime.fromisoformat(span["end"]))
            for span in calendar.get("busy", [])
        ]


@contextmanager
def _events(connection: GoogleConnection) -> Iterator[Any]:
    with _service(connection) as service:
        yield service.events()


@contextmanager
def _service(connection: GoogleConnection) -> Iterator[Any]:
    """Google's client for one call, and its errors as ours."""
    with _translated(), _connected(_credentials(connection)) as authorized:
        yield build(
            "calendar",
            "v3",
            http=authorized,
            client_options={"api_endpoint": settings.GOOGLE_API_ENDPOINT},
            cache_discovery=False,
            static_discovery=True,
        )


def _credentials(connection: GoogleConnection) -> Credentials:
    if not config.is_on():
        raise VendorAway("GOOGLE_CLIENT_ID isn’t set")
    try:
        token = connection.refresh_token
    except TokenOfSomebodyElse:
        raise GrantRevoked("the row holds someone else’s token") from None
    return Credentials(
        token=None,
        refresh_token=token,
        token_uri=settings.GOOGLE_TOKEN_URI,
        client_id=settings.GOOGLE_CLIENT_ID,
        client_secret=settings.GOOGLE_CLIENT_SECRET,
        scopes=connection.scopes.split(),
    )


@contextmanager
def _connected(credentials: Credentials) -> Iterator[AuthorizedHttp]:
    plain = httplib2.Http(timeout=config.TIMEOUT_SECONDS)
    plain.follow_redirects = False
    authorized = AuthorizedHttp(credentials, http=plain)
    try:
        yield authorized
    finally:
        authorized.close()


@contextmanager
def _translated() -> Iterator[None]:
    """Whatever the libraries raise becomes one of our three failures, with a reason free of personal data."""
    try:
        yield
    except RefreshError as error:
        raise _of_refresh(error) from None
    except HttpError as error:
        raise _of_answer(error) from None
    except TimeoutError:
        raise TimedOut("Google didn’t answer in time") from None
    except (GoogleAuthError, ApiError, httplib2.HttpLib2Error, http.client.HTTPException, OSError) as error:
        raise VendorAway(f"Google couldn’t be reached ({type(error).__name__})") from None
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise TemporaryFailure(f"Google's answer was of no use ({type(error).__name__})") from None


def _of_refresh(error: RefreshError) -> TemporaryFailure | GrantRevoked:
    """https://datatracker.ietf.org/doc/html/rfc6749#section-5.2. Only `invalid_grant` is the person's to mend."""
    answer = error.args[1] if len(error.args) > 1 else None
    code = _code(answer.get("error") if isinstance(answer, dict) else None)
    if code == "invalid_grant":
        return GrantRevoked("Google says invalid_grant")
    return TemporaryFailure(f"Google gave no access token ({code})")


def _of_answer(error: HttpError) -> TemporaryFailure | PermanentFailure:
    status, reason = int(error.status_code), _reason(error)
    said = f"Google answered {status} ({reason})"
    if status == _REFUSED and reason in _NOT_GRANTED:
        return GrantRevoked(said)
    if status in _NEVER:
        return PermanentFailure(said)
    return TemporaryFailure(said, retry_after=_retry_after(error))


def _reason(error: HttpError) -> str:
    try:
        return _code(json.loads(error.content)["error"]["errors"][0]["reason"])
    except (ValueError, KeyError, IndexError, TypeError):
        return "no reason"


def _code(value: object) -> str:
    """A code as Google's documentation has it; anything else might be somebody's name."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else "no reason"


def _retry_after(error: HttpError) -> timedelta | None:
    said = str(error.resp.get("retry-after", ""))
    return timedelta(seconds=int(said)) if said.isdecimal() else None


def _owner(event: dict[str, Any]) -> str:
    organizer = event.get("organizer", {})
    return str(organizer.get("email", "")) if organizer.get("self") else ""
