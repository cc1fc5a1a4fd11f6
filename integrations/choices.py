from django.db import models


class Channel(models.TextChoices):
    EMAIL = "EMAIL", "E-mail"


class MessageStatus(models.TextChoices):
    QUEUED = "QUEUED", "Waiting"
    SENDING = "SENDING", "Being sent"
    SENT = "SENT", "Sent"
    FAILED = "FAILED", "Failed"
    DROPPED = "DROPPED", "No longer needed"


# Not yet decided: these hold back later messages of the same stream.
OPEN = (MessageStatus.QUEUED, MessageStatus.SENDING)
