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
    "SIGNUP_WELCOME": _("Welcome"),
    "EMAIL_VERIFICATION": _("E-mail address to confirm"),
    "PASSWORD_RESET": _("Password reset"),
    "ACCOUNT_NOTICE": _("Account notice"),
    "INVITATION": _("Invitation"),
    "ACCOUNT_CLOSED": _("Account closed"),
    "DATA_ERASED": _("Data erased"),
    "DOCTOR_APPROVED": _("Doctor approved"),
    "BOOKING_CONFIRMATION": _("Appointment confirmed"),
    "BOOKING_NOTIFICATION": _("New appointment, to the doctor"),
    "BOOKING_PENDING": _("Request sent"),
    "BOOKING_CANCELLED": _("Appointment cancelled"),
    "BOOKING_RESCHEDULED": _("Appointment moved"),
    "APPOINTMENT_REMINDER": _("Appointment reminder"),
    "TIMES_OFFERED": _("Other times offered"),
    "WAITLIST_OFFER": _("Waiting list, time held"),
    "WAITLIST_CLOSED": _("Waiting list closed"),
    "EXPORT_READY": _("File ready to download"),
    "MEDICAL_RECORD": _("Record of an appointment"),
    "INVOICE": _("Invoice"),
    "DOCTOR_MONTHLY_REPORT": _("Monthly report, to the doctor"),
    "EVENT_UPSERT": _("Calendar event written"),
    "EVENT_DELETE": _("Calendar event removed"),
    "CALENDAR_LEAVE": _("Calendar disconnected"),
}


def message_label(action: str) -> str:
    """What a message does, as people read it; of an action that is no more, its own letters."""
    return str(_MESSAGES.get(action) or action.replace("_", " ").capitalize())


def message_choices() -> list[tuple[str, str]]:
    """Every kind of message with what staff call it, by name."""
    return sorted(((action, message_label(action)) for action in _MESSAGES), key=lambda choice: choice[1])
