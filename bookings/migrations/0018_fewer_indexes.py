"""Indexes that every booking was written to and no reading needs: others begin with the same column, or nobody asks."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import migrations, models

from core.migration_operations import drop_foreign_key_index, drop_like_index

PROTECT = models.deletion.PROTECT
BOOKING, CHANGE = "bookings_booking", "bookings_bookingstatuschange"


class Migration(migrations.Migration):
    atomic = False  # indexes are dropped concurrently

    dependencies: ClassVar[list[tuple[str, str]]] = [("bookings", "0017_words"), ("doctors", "0013_fewer_indexes")]

    operations: ClassVar[list[migrations.operations.base.Operation]] = [
        drop_foreign_key_index(
            "booking",
            "doctor",
            models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=PROTECT,
                related_name="bookings",
                to="doctors.doctorprofile",
            ),
            table=BOOKING,
            index="bookings_booking_doctor_id_8c9855f2",
        ),
        drop_foreign_key_index(
            "booking",
            "patient",
            models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=PROTECT,
                related_name="bookings",
                to="patients.patientprofile",
            ),
            table=BOOKING,
            index="bookings_booking_patient_id_4ba5f3b9",
        ),
        drop_foreign_key_index(
            "booking",
            "booked_by",
            models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
            table=BOOKING,
            index="bookings_booking_booked_by_id_bc075bad",
        ),
        drop_foreign_key_index(
            "booking",
            "cancelled_by",
            models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
            table=BOOKING,
            index="bookings_booking_cancelled_by_id_6d3a47c3",
        ),
        drop_foreign_key_index(
            "bookingstatuschange",
            "by",
            models.ForeignKey(
                db_index=False,
                help_text="Empty: the system.",
                null=True,
                on_delete=PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
            table=CHANGE,
            index="bookings_bookingstatuschange_by_id_8869e8de",
        ),
        drop_like_index(table=BOOKING, column="reference", index="bookings_booking_reference_af3214d4_like"),
    ]
