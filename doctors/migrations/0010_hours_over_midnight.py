"""Weekly hours may end at or after midnight; what was right before is right still, as the next migration makes sure."""

from datetime import time

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations
from django.db.models import CheckConstraint, F, Q


class Migration(migrations.Migration):
    dependencies = [("doctors", "0009_nothing_for_the_erased")]
    operations = [
        migrations.RemoveConstraint(model_name="weeklyhours", name="hours_end_after_start"),
        AddConstraintNotValid(
            model_name="weeklyhours",
            constraint=CheckConstraint(condition=~Q(ends=F("starts")) | Q(starts=time.min), name="hours_not_empty"),
        ),
    ]
