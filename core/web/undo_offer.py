"""A word on what was just done, with a button that takes it back: shown once, on the next page, while it can be done.

Django's messages carry a sentence and how it looks; where a button leads is neither.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from core import clock

_KEY = "undo_offer"


@dataclass(frozen=True)
class UndoOffer:
    """`undo_url` takes a POST."""

    text: str
    undo_url: str


def offer_undo(request: HttpRequest, *, text: str, undo_url: str, until: datetime) -> None:
    """Keep it for the next page in this browser, in place of one that was never shown. After `until` none is."""
    request.session[_KEY] = {**asdict(UndoOffer(text=str(text), undo_url=undo_url)), "until": until.timestamp()}


def undo_offer(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `undo_offer`, or nothing. Taken out of the session by the page that shows it, not before."""
    return {"undo_offer": SimpleLazyObject(lambda: _take(request))}


def _take(request: HttpRequest) -> UndoOffer | None:
    session = getattr(request, "session", None)
    if session is None or not session.session_key:  # nobody was offered anything; the page stays one for all
        return None
    kept = session.pop(_KEY, None)
    if kept is None or clock.now().timestamp() > kept["until"]:
        return None
    return UndoOffer(text=kept["text"], undo_url=kept["undo_url"])
