"""What stands at the top of a page of what was just done; for a while some can be taken back by a button.

They are Django's messages, which wait in a signed cookie: a step of a visit writes no session for them. Beside a
sentence and its level such a message carries one text, `extra_tags`. Only this module writes and reads it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

from core import clock

_OFFER = re.compile(r"undo by=(?P<user>\d+) until=(?P<until>\d+) (?P<url>/\S+)")


@dataclass(frozen=True, slots=True)
class Notice:
    """`tone`: info, success, warning or error. `undo_url`, if any, takes a POST."""

    tone: str
    text: str
    undo_url: str = ""


def offer_undo(request: HttpRequest, text: str, *, undo_url: str, until: datetime) -> None:
    """Say it on the next page of the same account, up to `until` with a button that leads to `undo_url`."""
    offer = f"undo by={request.user.pk} until={int(until.timestamp())} {undo_url}"
    messages.success(request, text, extra_tags=offer)


def notices(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `notices`, told once they are looped over."""
    return {"notices": lambda: filter(None, (_notice(request, message) for message in messages.get_messages(request)))}


def _notice(request: HttpRequest, message: Message) -> Notice | None:
    """None for an offer to somebody else: the cookie outlives a session, and the sentence names a patient."""
    offer = _OFFER.fullmatch(message.extra_tags or "")
    if offer is None:  # most have none, or a library's own tags
        return Notice(tone=message.level_tag, text=message.message)
    if offer["user"] != str(request.user.pk):
        return None
    is_open = clock.now().timestamp() <= int(offer["until"])
    return Notice(tone=message.level_tag, text=message.message, undo_url=offer["url"] if is_open else "")
