from django.db import models


class SlotSource(models.TextChoices):
    MANUAL = "MANUAL", "Entered by hand"
    WEEKLY = "WEEKLY", "From the weekly hours"


class Weekday(models.IntegerChoices):
    MONDAY = 0, "Monday"
    TUESDAY = 1, "Tuesday"
    WEDNESDAY = 2, "Wednesday"
    THURSDAY = 3, "Thursday"
    FRIDAY = 4, "Friday"
    SATURDAY = 5, "Saturday"
    SUNDAY = 6, "Sunday"


class SlotState(models.TextChoices):
    FREE = "FREE", "Free"
    BOOKED = "BOOKED", "Booked"
