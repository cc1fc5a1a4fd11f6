from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    PATIENT = "PATIENT", _("Patient")
    DOCTOR = "DOCTOR", _("Doctor")
    STAFF = "STAFF", _("Staff")


class StaffRole(models.TextChoices):
    """What a member of staff is employed for."""

    RECEPTION = "RECEPTION", _("Reception")
    MANAGER = "MANAGER", _("Manager")
    ADMINISTRATOR = "ADMINISTRATOR", _("Administrator")

    @property
    def group_name(self) -> str:
        """Of the group that carries it. It is stored, so it is the same in every language; the label is for people."""
        return self.value.capitalize()
