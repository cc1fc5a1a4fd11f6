"""Started connections, in the session of who started them: each `state` counts once, and each tab has its own."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase

from integrations.google_calendar.oauth import Attempt

KEY = "google_calendar"
_MOST = 5  # tabs


def remember(session: SessionBase, state: str, attempt: Attempt) -> None:
    """Keep an attempt; the oldest gives way."""
    kept = [*session.get(KEY, {}).items(), (state, attempt.as_data())]
    session[KEY] = dict(kept[-_MOST:])


def take(session: SessionBase, state: str, *, user_id: int, now: datetime) -> Attempt | None:
    """The attempt `state` belongs to, taken out for good; None if it is not theirs, was used, or is too old."""
    kept = dict(session.get(KEY, {}))
    data = kept.pop(state, None)
    if data is None:
        return None
    session[KEY] = kept
    session.save()  # before Google is asked: a second click meanwhile finds it used
    attempt = Attempt.from_data(data)
    return attempt if attempt.is_open(user_id=user_id, now=now) else None
