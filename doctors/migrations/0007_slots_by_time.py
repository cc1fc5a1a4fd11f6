
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('doctors', '0006_tracked'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='slot',
            index=models.Index(fields=['starts_at', 'id'], name='slot_by_time'),
        ),
    ]
