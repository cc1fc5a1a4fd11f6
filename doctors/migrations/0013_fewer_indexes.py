"""The diary's index begins with the doctor: one for the foreign key alone was written with each time, and never needed."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

from core.migration_operations import drop_foreign_key_index


class Migration(migrations.Migration):
    atomic = False  # an index is dropped concurrently

    dependencies: ClassVar[list[tuple[str, str]]] = [("doctors", "0012_words")]

    operations: ClassVar[list[migrations.operations.base.Operation]] = [
        drop_foreign_key_index(
            "slot",
            "doctor",
            models.ForeignKey(
                db_index=False,
                on_delete=models.deletion.PROTECT,
                related_name="slots",
                to="doctors.doctorprofile",
            ),
            table="doctors_slot",
            index="doctors_slot_doctor_id_378be4ae",
        ),
    ]
