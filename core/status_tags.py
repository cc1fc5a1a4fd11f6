"""The words, colour and shape of every status code a page shows. Colour never speaks alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["neutral", "info", "success", "warning", "danger"]


@dataclass(frozen=True, slots=True)
class StatusTag:
    """`icon` is a name from the sprite; `tone` one of five colours."""

    label: str
    tone: Tone = "neutral"
    icon: str = "dash-circle-fill"


_BY_CODE = {
    "PENDING": StatusTag("Request sent", "warning", "hourglass-split"),
    "CONFIRMED": StatusTag("Confirmed", "info", "check-circle-fill"),
    "CHECKED_IN": StatusTag("Checked in", "success", "person-check-fill"),
    "COMPLETED": StatusTag("Completed", "neutral", "check-lg"),
    "CANCELLED": StatusTag("Cancelled", "danger", "x-circle-fill"),
    "MOVED": StatusTag("Moved", "neutral", "chevron-right"),
    "NO_SHOW": StatusTag("Did not attend", "danger", "person-x-fill"),
    "FREE": StatusTag("Free", "success", "calendar-plus"),
    "BOOKED": StatusTag("Booked", "info", "calendar-check"),
    "APPROVED": StatusTag("Approved", "success", "shield-check"),
    "NOT_APPROVED": StatusTag("Waiting for approval", "warning", "hourglass-split"),
    "PAID": StatusTag("Paid", "success", "check-circle-fill"),
}


def status_tag_for(code: str) -> StatusTag:
    """The tag of a status code; an unknown code is shown as plain words rather than hidden."""
    return _BY_CODE.get(str(code)) or StatusTag(str(code).replace("_", " ").capitalize())
