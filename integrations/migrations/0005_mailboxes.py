"""Tells the mailboxes of a stream's messages apart; filled by the next migration."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0004_jobs_and_channels"),
    ]

    operations = [
        migrations.AddField(
            model_name="outgoingmessage",
            name="mailbox",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=32),
        ),
    ]
