from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


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


# What staff call each kind of message: all of the e-mail function's, and what is done to calendars at Google.
_MESSAGES: dict[str, StrOrPromise] = {
    "SIGNUP_WELCOME": _("Signup welcome"),
    "EMAIL_VERIFICATION": _("Email verification"),
    "PASSWORD_RESET": _("Password reset"),
    "ACCOUNT_NOTICE": _("Account notice"),
    "INVITATION": _("Invitation"),
    "ACCOUNT_CLOSED": _("Account closed"),
    "DATA_ERASED": _("Data erased"),
    "DOCTOR_APPROVED": _("Doctor approved"),
    "BOOKING_CONFIRMATION": _("Booking confirmation"),
    "BOOKING_NOTIFICATION": _("Booking notification"),
    "BOOKING_PENDING": _("Booking pending"),
    "BOOKING_CANCELLED": _("Booking cancelled"),
    "BOOKING_RESCHEDULED": _("Booking rescheduled"),
    "APPOINTMENT_REMINDER": _("Appointment reminder"),
    "TIMES_OFFERED": _("Times offered"),
    "WAITLIST_OFFER": _("Waitlist offer"),
    "WAITLIST_CLOSED": _("Waitlist closed"),
    "EVENT_UPSERT": _("Event upsert"),
    "EVENT_DELETE": _("Event delete"),
    "CALENDAR_LEAVE": _("Calendar leave"),
}


def message_label(action: str) -> str:
    """What a message does, as people read it; of an action that is no more, its own letters."""
    return str(_MESSAGES.get(action) or action.replace("_", " ").capitalize())
