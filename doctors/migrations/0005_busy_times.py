from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("doctors", "0004_slot_held")]

    operations = [
        migrations.AddField(
            model_name="slot",
            name="closed_by_calendar",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddIndex(
            model_name="slot",
            index=models.Index(condition=models.Q(("closed_by_calendar", True)), fields=["doctor"], name="slot_closed"),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "FREE"), ("closed_by_calendar", False), _connector="OR"),
                name="slot_closed_only_while_free",
            ),
        ),
    ]
