import base64
import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def event_id(calendar_uid, whose):
    """As bookings/calendars/events.py has it."""
    key = uuid.uuid5(calendar_uid, whose)
    return base64.b32hexencode(key.bytes).decode().rstrip("=").lower()


def name_events(apps, schema_editor):
    bookings = apps.get_model("bookings", "Booking").objects.filter(doctor_event_id="")
    for booking in bookings.only("pk", "calendar_uid").iterator(chunk_size=500):
        bookings.filter(pk=booking.pk).update(
            doctor_event_id=event_id(booking.calendar_uid, "doctor"),
            patient_event_id=event_id(booking.calendar_uid, "patient"),
        )


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0004_diary_in_full"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="booking",
            name="calendar_note",
            field=models.CharField(blank=True, editable=False, max_length=160),
        ),
        migrations.AddField(
            model_name="booking",
            name="doctor_event_id",
            field=models.CharField(blank=True, editable=False, max_length=32),
        ),
        migrations.AddField(
            model_name="booking",
            name="patient_event_id",
            field=models.CharField(blank=True, editable=False, max_length=32),
        ),
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "digest",
                    models.CharField(
                        editable=False, help_text="SHA-256 of the token, in hex.", max_length=64, unique=True
                    ),
                ),
                ("sealed_token", models.TextField(editable=False)),
                ("created_at", models.DateTimeField(editable=False)),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calendar_feed",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.RunPython(name_events, migrations.RunPython.noop),
    ]
