"""Names are folded further (apostrophes, hyphens, ø and its like) and without the title before them."""

from django.db import migrations

from core.text.names import name_key
from core.text.refold import refold


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("patients", "0006_erased_stays")]
    operations = [refold("patients.PatientProfile", "own_name", "own_search_name", name_key, besides="erased_at")]
