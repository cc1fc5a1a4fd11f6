"""Specializations are folded as names are: hyphens, apostrophes, ø and its like."""

from django.db import migrations

from core.text.refold import refold
from core.text.folding import search_key


def _key(specialization: str) -> str:
    return search_key(specialization)[:160]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("doctors", "0007_slots_by_time")]
    operations = [refold("doctors.DoctorProfile", "specialization", "search_specialization", _key)]
