"""The index, made beside whoever signs in meanwhile."""

from django.db import migrations, models

from core.migration_operations import BuildIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0014_pending_sign_ins"),
    ]

    operations = [
        BuildIndexConcurrently(
            model_name="session",
            index=models.Index(
                condition=models.Q(("pending_user__isnull", False)), fields=["pending_user"], name="session_pending"
            ),
        ),
    ]
