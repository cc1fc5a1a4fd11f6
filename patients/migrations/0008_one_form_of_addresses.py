"""E-mail addresses of who has no account in the one form in which they are kept (core/text/addresses.py)."""

from django.db import migrations

import accounts.models
from core.text.addresses import normal_or_lower
from core.text.refold import refold


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("patients", "0007_folded_names")]
    operations = [
        migrations.AlterField(
            model_name="patientprofile",
            name="own_email",
            field=accounts.models.AddressModelField(blank=True, max_length=254, verbose_name="e-mail address"),
        ),
        refold("patients.PatientProfile", "own_email", "own_email", normal_or_lower, besides="erased_at", reason="E-mail addresses are kept in one form."),
    ]
