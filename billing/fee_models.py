"""What billing has decided of an appointment, and what a doctor's patients pay for one that didn't happen."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.erasure_triggers import nothing_for_the_erased
from audit.models import tracked
from billing.choices import BillingOutcome
from bookings.choices import Status
from bookings.models import Booking
from doctors.models import DoctorProfile


class BillingDecision(models.Model):
    """What billing has decided of an appointment as it stood: asked again when its status is another.

    So each step of a visit is charged once, also when the job and somebody at the desk come at the same time, and a
    draft that was dropped does not come back.
    """

    booking = models.OneToOneField(
        Booking, models.PROTECT, primary_key=True, editable=False, related_name="billing_decision"
    )
    status = models.CharField(max_length=10, choices=Status, editable=False)
    outcome = models.CharField(max_length=10, choices=BillingOutcome, editable=False)
    decided_at = models.DateTimeField(editable=False)

    objects: ClassVar[models.Manager[BillingDecision]]

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.get_outcome_display())


@tracked(called=_("fees of a doctor"))
class DoctorFees(models.Model):
    """What a doctor’s patients pay for a visit they miss or cancel late, in percent of its fee; empty: as the
    hospital’s."""

    doctor = models.OneToOneField(DoctorProfile, models.PROTECT, primary_key=True, related_name="fees")
    late_cancellation_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    missed_visit_percent = models.PositiveSmallIntegerField(null=True, blank=True)

    objects: ClassVar[models.Manager[DoctorFees]]

    class Meta:
        verbose_name = _("fees of a doctor")
        verbose_name_plural = _("fees of doctors")
        default_permissions = ("view", "add", "change")
        triggers = [nothing_for_the_erased("no_fees_for_the_erased", doctor="doctor")]
        constraints = [
            models.CheckConstraint(
                condition=(Q(late_cancellation_percent__isnull=True) | Q(late_cancellation_percent__lte=100))
                & (Q(missed_visit_percent__isnull=True) | Q(missed_visit_percent__lte=100)),
                name="doctor_fees_are_percentages",
            )
        ]

    def __str__(self) -> str:
        return str(self.doctor)
