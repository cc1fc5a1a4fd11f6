"""What was erased of whom, by whom and why, and what is kept until when (docs/adr/0012)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.models import tracked
from patients.models import PatientProfile


@tracked(called=_("erasure"), named_by="pseudonym")
class Erasure(models.Model):
    """A person's data was erased. Who it was can't be told from it: the rows it names carry the pseudonym by then."""

    user = models.OneToOneField(User, null=True, on_delete=models.PROTECT, related_name="erasure")
    patient = models.OneToOneField(PatientProfile, null=True, on_delete=models.PROTECT, related_name="erasure")
    pseudonym = models.CharField(max_length=4, unique=True, editable=False)
    reason = models.CharField(max_length=500)
    erased_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    erased_at = models.DateTimeField()
    streams = ArrayField(
        models.CharField(max_length=80), default=list, help_text=_("Of the messages still to be erased.")
    )
    record_due = models.DateField(
        null=True, help_text=_("When the law no longer asks to keep the rest. Empty: no rest.")
    )
    record_erased_at = models.DateTimeField(null=True)
    messages_erased_at = models.DateTimeField(null=True, help_text=_("When the last message to them had left."))

    objects: ClassVar[models.Manager[Erasure]]

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False) | Q(patient__isnull=False), name="erasure_of_somebody"
            )
        ]

    def __str__(self) -> str:
        return gettext("Erasure %(pseudonym)s") % {"pseudonym": self.pseudonym}
