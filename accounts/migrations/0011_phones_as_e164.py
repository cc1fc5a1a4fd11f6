"""Phone numbers as E.164 (core/text/phones.py); what is no number stays as it was written."""

from django.db import migrations, models

from core.text.phones import is_phone, kept_or_typed
from core.text.refold import refold


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0010_one_form_of_addresses")]
    operations = [
        migrations.AlterField(
            model_name="user",
            name="phone",
            field=models.CharField(blank=True, max_length=30, validators=[is_phone]),
        ),
        refold(
            *("accounts.User", "phone", "phone", kept_or_typed),
            besides="erased_at",
            reason="Phone numbers are kept in one form.",
        ),
    ]
