"""What an appointment collides with is a code; its sentence is chosen where it is shown. Texts that are none of ours
stay, and are shown as they are."""

from django.db import migrations

from core.text.refold import say_why

WHY = "What an appointment collides with is kept as a code."
# As they were written until then; what a page says of a code may change, these may not.
CODES = {
    "Falls into the doctor's time off": "TIME_OFF",
    "The hospital is closed at this time": "CLOSURE",
}


def to_codes(apps, schema_editor):
    bookings = apps.get_model("bookings", "Booking").objects.using(schema_editor.connection.alias)
    say_why(schema_editor.connection, WHY)
    for sentence, code in CODES.items():
        bookings.filter(conflict=sentence).update(conflict=code)


def to_sentences(apps, schema_editor):
    bookings = apps.get_model("bookings", "Booking").objects.using(schema_editor.connection.alias)
    say_why(schema_editor.connection, WHY)
    for sentence, code in CODES.items():
        bookings.filter(conflict=code).update(conflict=sentence)


class Migration(migrations.Migration):
    dependencies = [("bookings", "0015_attention_is_called_conflict")]
    operations = [migrations.RunPython(to_codes, to_sentences)]
