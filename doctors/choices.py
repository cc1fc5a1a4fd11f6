from django.db import models


class SlotState(models.TextChoices):
    FREE = "FREE", "Free"
    BOOKED = "BOOKED", "Booked"
