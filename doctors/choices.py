from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.status_tags import StatusTag


class SlotSource(models.TextChoices):
    MANUAL = "MANUAL", _("Entered by hand")
    WEEKLY = "WEEKLY", _("From the weekly hours")


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class SlotState(models.TextChoices):
    FREE = "FREE", _("Free")
    BOOKED = "BOOKED", _("Booked")


# How a slot is shown on pages (core/status_tags.py).
SLOT_TAGS: Mapping[str, StatusTag] = {
    SlotState.FREE.value: StatusTag(SlotState.FREE.label, "success", "calendar-plus"),
    SlotState.BOOKED.value: StatusTag(SlotState.BOOKED.label, "info", "calendar-check"),
}
