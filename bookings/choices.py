from django.db import models


class Status(models.TextChoices):
    PENDING = "PENDING", "Request sent"
    CONFIRMED = "CONFIRMED", "Confirmed"
    CHECKED_IN = "CHECKED_IN", "Checked in"
    COMPLETED = "COMPLETED", "Completed"
    CANCELLED = "CANCELLED", "Cancelled"
    NO_SHOW = "NO_SHOW", "Did not attend"


class HoldState(models.TextChoices):
    OPEN = "OPEN", "Held"
    ACCEPTED = "ACCEPTED", "Accepted"
    DECLINED = "DECLINED", "Declined"
    LAPSED = "LAPSED", "Lapsed"


class WaitingState(models.TextChoices):
    WAITING = "WAITING", "Waiting"
    BOOKED = "BOOKED", "Found a time"
    LEFT = "LEFT", "Left the list"
    ENDED = "ENDED", "The dates have passed"


# What the history of a moved appointment says of its old time.
MOVED = "Moved to another time"

# Still to happen, or happening: a patient can't be in two such places at once.
LIVE = (Status.PENDING, Status.CONFIRMED, Status.CHECKED_IN)
# Keeps its time in the diary: everything but a cancelled booking.
HOLDS_SLOT = (*LIVE, Status.COMPLETED, Status.NO_SHOW)
