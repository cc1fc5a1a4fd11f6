"""Rows that were there before are looked at too, without a lock that stops anybody."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("doctors", "0010_hours_over_midnight")]
    operations = [ValidateConstraint(model_name="weeklyhours", name="hours_not_empty")]
