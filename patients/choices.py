from django.db import models
from django.utils.translation import gettext_lazy as _


class BloodGroup(models.TextChoices):
    A_POS = "A+", "A+"
    A_NEG = "A-", "A−"
    B_POS = "B+", "B+"
    B_NEG = "B-", "B−"
    AB_POS = "AB+", _("AB+")
    AB_NEG = "AB-", _("AB−")
    O_POS = "O+", "O+"
    O_NEG = "O-", "O−"
