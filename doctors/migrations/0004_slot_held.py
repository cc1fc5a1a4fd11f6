from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("doctors", "0003_diary_in_full")]

    operations = [
        migrations.AddIndex(
            model_name="slot",
            index=models.Index(condition=models.Q(held_until__isnull=False), fields=["held_until"], name="slot_held"),
        ),
    ]
