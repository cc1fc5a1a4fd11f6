from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    EMAIL = "EMAIL", _("E-mail")
    GOOGLE = "GOOGLE", _("Google Calendar")


class MessageStatus(models.TextChoices):
    QUEUED = "QUEUED", _("Waiting")
    SENDING = "SENDING", _("Being sent")
    SENT = "SENT", _("Sent")
    FAILED = "FAILED", _("Failed")
    DROPPED = "DROPPED", _("No longer needed")


# Not yet decided: these hold back later messages of the same stream.
OPEN = (MessageStatus.QUEUED, MessageStatus.SENDING)


class ConnectionStatus(models.TextChoices):
    CONNECTED = "CONNECTED", _("Connected")
    BROKEN = "BROKEN", _("Needs connecting again")
    LEAVING = "LEAVING", _("Being disconnected")
