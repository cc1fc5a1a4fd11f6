"""Who was erased before the rows themselves said so."""

from django.db import migrations


def say_so(apps, schema_editor):
    users, patients = apps.get_model("accounts", "User"), apps.get_model("patients", "PatientProfile")
    for erasure in apps.get_model("privacy", "Erasure").objects.all():
        users.objects.filter(pk=erasure.user_id).update(erased_at=erasure.erased_at)
        own = {"pk": erasure.patient_id} if erasure.patient_id else {"user": erasure.user_id}
        patients.objects.filter(**own).update(erased_at=erasure.erased_at)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_erased_stays"),
        ("patients", "0006_erased_stays"),
        ("privacy", "0001_initial"),
    ]

    operations = [migrations.RunPython(say_so, migrations.RunPython.noop, elidable=True)]
