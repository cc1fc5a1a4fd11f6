from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    PENDING = "PENDING", "Request sent"
    CONFIRMED = "CONFIRMED", "Confirmed"
    CHECKED_IN = "CHECKED_IN", "Checked in"
    COMPLETED = "COMPLETED", "Completed"
    CANCELLED = "CANCELLED", "Cancelled"
    NO_SHOW = "NO_SHOW", "Did not attend"


class HoldState(models.TextChoices):
    OPEN = "OPEN", _("Held")
    ACCEPTED = "ACCEPTED", _("Accepted")
    DECLINED = "DECLINED", _("Declined")
    LAPSED = "LAPSED", _("Lapsed")


class WaitingState(models.TextChoices):
    WAITING = "WAITING", _("Waiting")
    BOOKED = "BOOKED", _("Found a time")
    LEFT = "LEFT", _("Left the list")
    ENDED = "ENDED", _("The dates have passed")


# What the history of a moved appointment says of its old time.
MOVED = "Moved to another time"

# Still to happen, or happening: a patient can't be in two such places at once.
LIVE = (Status.PENDING, Status.CONFIRMED, Status.CHECKED_IN)
# Keeps its time in the diary: everything but a cancelled booking.
HOLDS_SLOT = (*LIVE, Status.COMPLETED, Status.NO_SHOW)
