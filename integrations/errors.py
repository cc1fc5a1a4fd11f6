"""How a delivery can fail."""

from __future__ import annotations

from datetime import timedelta


class DeliveryFailure(Exception):
    """`reason` is for staff: short, and free of personal data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TemporaryFailure(DeliveryFailure):
    """Worth another try; `retry_after` when the other side said how long to wait."""

    def __init__(self, reason: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class VendorAway(TemporaryFailure):
    """The other side could not be reached at all: nothing is said about this message, the next will fare no better."""


class TimedOut(VendorAway):
    """It took the call and did not answer: each further try holds a thread for as long."""


class PermanentFailure(DeliveryFailure):
    """Will never work as it is: staff must look."""


class NoLongerNeeded(DeliveryFailure):
    """There is nobody to deliver it to any more: nothing is wrong."""


class Undeliverable(DeliveryFailure):
    """Can't be sent by this road at all, which the other side was never asked: staff must look."""


class NotMade(DeliveryFailure):
    """What is to be said could not be put together, on our side: tried again, and nothing is said of the vendor."""
