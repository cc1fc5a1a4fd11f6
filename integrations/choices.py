from django.db import models


class Channel(models.TextChoices):
    EMAIL = "EMAIL", "E-mail"
    GOOGLE = "GOOGLE", "Google Calendar"


class MessageStatus(models.TextChoices):
    QUEUED = "QUEUED", "Waiting"
    SENDING = "SENDING", "Being sent"
    SENT = "SENT", "Sent"
    FAILED = "FAILED", "Failed"
    DROPPED = "DROPPED", "No longer needed"


# Not yet decided: these hold back later messages of the same stream.
OPEN = (MessageStatus.QUEUED, MessageStatus.SENDING)


class ConnectionStatus(models.TextChoices):
    CONNECTED = "CONNECTED", "Connected"
    BROKEN = "BROKEN", "Needs connecting again"
    LEAVING = "LEAVING", "Being disconnected"
