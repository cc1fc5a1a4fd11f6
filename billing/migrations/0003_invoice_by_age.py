"""The index, made beside whoever drafts invoices meanwhile."""

from django.db import migrations, models

from core.migration_operations import BuildIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("billing", "0002_erasure")]

    operations = [
        BuildIndexConcurrently(
            model_name="invoice",
            index=models.Index(fields=["created_at", "id"], name="invoice_by_age"),
        ),
    ]
