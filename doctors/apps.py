from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext_lazy as _


class DoctorsConfig(AppConfig):
    name = "doctors"
    verbose_name = _("Doctors")

    def ready(self) -> None:
        from django.db import transaction  # noqa: PLC0415 - models are ready only now

        from core import status_tags  # noqa: PLC0415
        from doctors.choices import SLOT_TAGS  # noqa: PLC0415
        from doctors.models import Department, DoctorProfile  # noqa: PLC0415
        from doctors.selectors import forget_choices  # noqa: PLC0415

        status_tags.register(SLOT_TAGS)

        def forget_when_committed(**told: object) -> None:
            transaction.on_commit(forget_choices)

        for model in (Department, DoctorProfile):
            for signal in (post_save, post_delete):
                signal.connect(forget_when_committed, sender=model, weak=False)
