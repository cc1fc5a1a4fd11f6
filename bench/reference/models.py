"""A time, and who has it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone


class PlainSlot(models.Model):
    doctor_id = models.IntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    is_booked = models.BooleanField(default=False)

    class Meta:
        app_label = "reference"
        db_table = "reference_slot"


class PlainBooking(models.Model):
    slot = models.OneToOneField(PlainSlot, models.PROTECT)
    patient_id = models.IntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        app_label = "reference"
        db_table = "reference_booking"
