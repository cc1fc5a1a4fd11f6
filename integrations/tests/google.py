"""People with a Google account at the stand-in, for tests."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import requests

from accounts.choices import Role
from accounts.models import User
from accounts.tests.factories import PASSWORD
from core import clock
from integrations.google_calendar import config, services
from integrations.google_calendar.events import EventFacts, event_id_for
from integrations.google_calendar.fake import FakeGoogle, running
from integrations.google_calendar.fake.store import Consent
from integrations.google_calendar.oauth import Grant
from integrations.models import GoogleConnection

_numbers = count(1)
ACCOUNT = "patient@stand-in.example"
STARTS = datetime(2027, 3, 8, 9, 0, tzinfo=UTC)


@pytest.fixture
def google(settings: Any) -> Iterator[FakeGoogle]:
    """A stand-in of one's own, which the settings point at."""
    with running() as fake:
        for name, value in fake.settings.items():
            setattr(settings, name, value)
        settings.GOOGLE_REDIRECT_URI = "http://localhost:8000/oauth2callback"
        yield fake


def make_user() -> User:
    """Somebody. Patients and doctors have profiles, of which this room knows nothing: see tests/calendars."""
    number = next(_numbers)
    return User.objects.create_user(
        username=f"person{number}",
        email=f"person{number}@example.org",
        password=PASSWORD,
        full_name=f"Person {number}",
        role=Role.STAFF,
    )


def make_grant(
    google: FakeGoogle, *, account: str = ACCOUNT, scopes: tuple[str, ...] = (config.EVENTS_SCOPE,)
) -> Grant:
    """As if the person had been through the consent page."""
    consent = Consent(account, "stand-in", "", "", list(scopes), True, 0.0)
    return Grant(refresh_token=google.store.refresh_token_for(consent), scopes=frozenset(scopes))


def make_connection(google: FakeGoogle, user: User | None = None, **grant: Any) -> GoogleConnection:
    user = user or make_user()
    wants_busy = config.BUSY_SCOPE in grant.get("scopes", ())
    services.connect(user=user, grant=make_grant(google, **grant), busy_times=wants_busy, now=clock.now())
    return GoogleConnection.objects.get(user=user)


def make_facts(*, key: uuid.UUID | None = None, **changed: Any) -> EventFacts:
    known = {
        "event_id": event_id_for(key or uuid.uuid4()),
        "sequence": 0,
        "summary": "Appointment with Dr Smith",
        "location": "1 Riverside Walk",
        "description": "To change it, follow the link.",
        "url": "http://testserver/bookings/ABC/",
        "starts_at": STARTS,
        "ends_at": STARTS + timedelta(minutes=30),
        "time_zone": "Europe/London",
    }
    return EventFacts(**(known | changed))


def press(address: str, *, decision: str = "allow", account: str = ACCOUNT, refuse: tuple[str, ...] = ()) -> str:
    """What a person does on the consent page at `address`; returns where Google then sends the browser."""
    page = requests.get(address, timeout=60)
    assert "Stand-in for Google" in page.text
    assert page.status_code == 200, page.text
    scopes = [name for name in (config.EVENTS_SCOPE, config.BUSY_SCOPE) if f"scope:{name}" in page.text]
    form = {f"scope:{scope}": "on" for scope in scopes if scope not in refuse}
    answer = requests.post(
        address, data={**form, "account": account, "decision": decision}, timeout=60, allow_redirects=False
    )
    return answer.headers["Location"]
