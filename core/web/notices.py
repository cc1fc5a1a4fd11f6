"""What stands at the top of a page of what was just done; for a while some can be taken back by a button.

They are Django's messages, which wait in a signed cookie: a step of a visit writes no session for them. Beside a
sentence and its level such a message carries one text, `extra_tags`. Only this module writes and reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

from core import clock

_UNDO = "undo "


@dataclass(frozen=True, slots=True)
class Notice:
    """`tone`: info, success, warning or error. `undo_url`, if any, takes a POST."""

    tone: str
    text: str
    undo_url: str


def offer_undo(request: HttpRequest, text: str, *, undo_url: str, until: datetime) -> None:
    """Say it on the next page, up to `until` with a button that leads to `undo_url`."""
    messages.success(request, text, extra_tags=f"{_UNDO}{until.timestamp()} {undo_url}")


def notices(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `notices`, told once they are looped over."""
    return {"notices": lambda: map(_notice, messages.get_messages(request))}


def _notice(message: Message) -> Notice:
    return Notice(tone=message.level_tag, text=message.message, undo_url=_open_undo(message.extra_tags or ""))


def _open_undo(tags: str) -> str:
    if not tags.startswith(_UNDO):  # a library's own
        return ""
    until, undo_url = tags.removeprefix(_UNDO).split(" ", 1)
    return undo_url if clock.now().timestamp() <= float(until) else ""
