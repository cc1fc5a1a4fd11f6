"""Was every change told once, in order, and nothing told that never happened (D3)?

Judged by what people got: by action, appointment and address, not by ids or by the rows of the outbox.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from bookings.choices import Status
from bookings.models import Booking
from integrations.email_gateway.fake import FakeEmailFunction

Told = tuple[str, str, str]  # appointment, action, address
BOOKED = ("BOOKING_PENDING", "BOOKING_CONFIRMATION", "BOOKING_NOTIFICATION")


def expected() -> Counter[Told]:
    """What people must have been told, by the histories of the bookings that stand in the database."""
    told: Counter[Told] = Counter()
    steps = Booking.objects.select_related("patient__user", "doctor__user").prefetch_related("changes")
    for booking in steps:
        patient, doctor = booking.patient.user.email, booking.doctor.user.email
        for change in booking.changes.all():
            both = _told_of(change.from_status, change.to_status, patient, doctor)
            told.update((booking.reference, *who) for who in both)
    return told


def _told_of(before: str, after: str, patient: str, doctor: str) -> list[tuple[str, str]]:
    if not before:
        action = "BOOKING_PENDING" if after == Status.PENDING else "BOOKING_CONFIRMATION"
        return [(action, patient), ("BOOKING_NOTIFICATION", doctor)]
    if after == Status.CONFIRMED:
        return [("BOOKING_CONFIRMATION", patient)]
    return [("BOOKING_CANCELLED", patient), ("BOOKING_CANCELLED", doctor)]


def told_by(messages: Iterable[Mapping[str, Any]]) -> list[Told]:
    """What was said about appointments, in the order in which it left."""
    return [
        (message["data"]["booking"]["reference"], message["action"], message["data"]["to"]["email"])
        for message in messages
        if "booking" in message["data"]
    ]


def verdict(function: FakeEmailFunction, *, besides: Iterable[Told] = ()) -> dict[str, object]:
    """Every rule that was broken, with its cases; empty when all is well. `besides`: what else must have been said."""
    said, due = told_by(function.sent.values()), expected() + Counter(besides)
    got = Counter(said)
    found = {
        "lost": due - got,
        "told of what never happened, or too often": got - due,
        "cancelled before it was booked": _out_of_order(said),
        "one id, two bodies": _changed_under_way(function),
    }
    return {rule: cases for rule, cases in found.items() if cases}


def _out_of_order(said: list[Told]) -> list[Told]:
    """For each reader, what came after the cancellation of the same appointment."""
    over: set[tuple[str, str]] = set()
    wrong = []
    for reference, action, address in said:
        if action == "BOOKING_CANCELLED":
            over.add((reference, address))
        elif (reference, address) in over:
            wrong.append((reference, action, address))
    return wrong


def _changed_under_way(function: FakeEmailFunction) -> list[str]:
    bodies: dict[str, str] = {}
    # A worker killed while it spoke leaves a body cut off: no message, and refused as such.
    whole = [call for call in function.calls if len(call["body"]) == int(call["headers"]["content-length"])]
    calls = [(call["headers"]["webhook-id"], call["body"].decode()) for call in whole]
    return [key for key, body in calls if json.loads(bodies.setdefault(key, body)) != json.loads(body)]
