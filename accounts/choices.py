from django.db import models


class Role(models.TextChoices):
    PATIENT = "PATIENT", "Patient"
    DOCTOR = "DOCTOR", "Doctor"
    STAFF = "STAFF", "Staff"


class StaffRole(models.TextChoices):
    """What a member of staff is employed for. The label is the name of the group that carries it."""

    RECEPTION = "RECEPTION", "Reception"
    MANAGER = "MANAGER", "Manager"
    ADMINISTRATOR = "ADMINISTRATOR", "Administrator"
