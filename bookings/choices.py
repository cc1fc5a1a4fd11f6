from django.db import models


class Status(models.TextChoices):
    PENDING = "PENDING", "Waiting for confirmation"
    CONFIRMED = "CONFIRMED", "Confirmed"
    CHECKED_IN = "CHECKED_IN", "Checked in"
    COMPLETED = "COMPLETED", "Completed"
    CANCELLED = "CANCELLED", "Cancelled"
    NO_SHOW = "NO_SHOW", "Did not attend"


# Still to happen, or happening: a patient can't be in two such places at once.
LIVE = (Status.PENDING, Status.CONFIRMED, Status.CHECKED_IN)
# Keeps its time in the diary: everything but a cancelled booking.
HOLDS_SLOT = (*LIVE, Status.COMPLETED, Status.NO_SHOW)
