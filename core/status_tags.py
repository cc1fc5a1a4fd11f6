"""The words, colour and shape of every status code a page shows, registered by each app. Colour never speaks alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

Tone = Literal["neutral", "info", "success", "warning", "danger"]


@dataclass(frozen=True, slots=True)
class StatusTag:
    """`icon` is a name from the sprite; `tone` one of five colours."""

    label: str | _StrPromise
    tone: Tone = "neutral"
    icon: str = "dash-circle-fill"


_REGISTERED: dict[str, StatusTag] = {}


def register(tags: Mapping[str, StatusTag]) -> None:
    """The tags of an app's own codes, said once while apps are loaded. Raises ValueError for a code two apps claim."""
    for code, tag in tags.items():
        if _REGISTERED.setdefault(str(code), tag) != tag:
            raise ValueError(f"{code} has a tag already")


def status_tag_for(code: str) -> StatusTag:
    """The tag of a status code; an unknown code is shown as plain words rather than hidden."""
    return _REGISTERED.get(str(code)) or StatusTag(str(code).replace("_", " ").capitalize())
