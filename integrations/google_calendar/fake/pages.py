"""The pages a person sees of the stand-in, from the templates beside this file."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Template
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from integrations.google_calendar.fake.answers import Answer
from integrations.google_calendar.fake.calendar import moment
from integrations.google_calendar.fake.store import Event, FakeStore

FOLDER = Path(__file__).parent / "pages"
HTML = "text/html; charset=utf-8"
SCOPES = {
    "calendar.events.owned": "See, create, change, and delete events on Google calendars you own",
    "calendar.freebusy": "View your availability in your calendars",
}


def consent(accounts: Iterable[str], query: Mapping[str, str]) -> Answer:
    hinted = query.get("login_hint", "")
    names = list(accounts)
    choices = [
        _draw("_account.html", account=name, checked="checked" if name == (hinted or names[0]) else "")
        for name in names
    ]
    scopes = [
        _draw("_scope.html", scope=scope, words=SCOPES.get(scope.rpartition("/")[2], scope))
        for scope in query["scope"].split()
    ]
    other = hinted if hinted not in names else ""
    action = "/o/oauth2/v2/auth?" + urlencode(query)
    return _page(
        "Allow access?",
        _draw("consent.html", {"accounts": "".join(choices), "scopes": "".join(scopes)}, action=action, other=other),
    )


def sorry(words: str) -> Answer:
    answer = _page("Access blocked", _draw("sorry.html", words=words))
    answer.status = 400
    return answer


def home(store: FakeStore) -> Answer:
    """Each account's calendar, for a person to look at."""
    with store.lock:
        allowed = {grant.email for grant in store.refresh_tokens.values()}
        parts = [_account(email, events, email in allowed) for email, events in sorted(store.calendars.items())]
    return _page("Calendars", _draw("home.html", {"accounts": "".join(parts)}))


def style() -> Answer:
    return Answer(body=(FOLDER / "style.css").read_bytes(), content_type="text/css; charset=utf-8")


def _account(email: str, events: Mapping[str, Event], is_connected: bool) -> str:
    shown = [event for event in events.values() if event["status"] != "cancelled"]
    shown.sort(key=lambda event: str(event["start"]))
    rows = [
        _draw(
            "_event.html",
            summary=event.get("summary", "(no title)"),
            start=_edge(event["start"]),
            end=_edge(event["end"]),
            location=event.get("location", ""),
            description=event.get("description", ""),
            link=event.get("source", {}).get("url", ""),
        )
        for event in shown
    ]
    state = "connected" if is_connected else "not connected"
    listed = "".join(rows) or _draw("_nothing.html")
    return _draw("_calendar.html", {"events": listed}, email=email, state=state, count=str(len(shown)))


def _edge(edge: Mapping[str, str]) -> str:
    if "date" in edge:
        return edge["date"]
    zone = edge.get("timeZone", "UTC")
    return f"{moment(edge).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}"


def _page(title: str, body: str) -> Answer:
    return Answer(body=_draw("page.html", {"body": body}, title=title).encode(), content_type=HTML)


def _draw(name: str, drawn: Mapping[str, str] | None = None, /, **words: str) -> str:
    """A template with `words` escaped, and `drawn` as it is."""
    escaped = {key: html.escape(value) for key, value in words.items()}
    return Template((FOLDER / name).read_text()).substitute(escaped | dict(drawn or {}))
