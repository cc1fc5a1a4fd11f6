"""Phone numbers as E.164 (core/text/phones.py); what is no number stays as it was written."""

from django.db import migrations, models

from core.text.phones import is_phone, kept_or_typed
from core.text.refold import refold

WHY = "Phone numbers are kept in one form."


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("patients", "0008_one_form_of_addresses")]
    operations = [
        migrations.AlterField(
            model_name="patientprofile",
            name="own_phone",
            field=models.CharField(blank=True, max_length=30, validators=[is_phone], verbose_name="phone"),
        ),
        migrations.AlterField(
            model_name="patientprofile",
            name="emergency_contact_phone",
            field=models.CharField(blank=True, max_length=30, validators=[is_phone]),
        ),
        *(
            refold("patients.PatientProfile", name, name, kept_or_typed, besides="erased_at", reason=WHY)
            for name in ("own_phone", "emergency_contact_phone")
        ),
    ]
