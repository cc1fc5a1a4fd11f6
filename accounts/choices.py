from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    PATIENT = "PATIENT", _("Patient")
    DOCTOR = "DOCTOR", _("Doctor")
    STAFF = "STAFF", _("Staff")


class StaffRole(models.TextChoices):
    """What a member of staff is employed for. The label is the name of the group that carries it."""

    RECEPTION = "RECEPTION", _("Reception")
    MANAGER = "MANAGER", _("Manager")
    ADMINISTRATOR = "ADMINISTRATOR", _("Administrator")
