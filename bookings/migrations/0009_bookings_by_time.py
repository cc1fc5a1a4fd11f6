
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bookings', '0008_departure'),
        ('doctors', '0007_slots_by_time'),
        ('patients', '0005_tracked'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='booking',
            index=models.Index(fields=['starts_at', 'id'], name='booking_by_time'),
        ),
    ]
