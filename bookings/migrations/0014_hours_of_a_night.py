"""A wish may be for hours from late until early: a night's (bookings/holds/rules.py)."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("bookings", "0013_nothing_for_the_erased")]
    operations = [migrations.RemoveConstraint(model_name="waitingentry", name="waiting_hours_forward")]
