"""The words of messages about files: one is ready, one is attached. Nothing of what is in it: subjects show on locked
screens, and mails lie open on tables.
"""

from collections.abc import Mapping
from typing import Any

from .letter import Letter, Link
from .wording import day, moment_text, zone_name

Data = Mapping[str, Any]


def export_ready(data: Data) -> Letter:
    until = f"{moment_text(data['expires_at'], data['time_zone'])}, {zone_name(data['expires_at'], data['time_zone'])}"
    return Letter(
        subject=f"Your file at {data['hospital']['name']} is ready",
        heading="Your file is ready",
        opening=("The file you asked for is ready to download. We'll ask you to sign in.",),
        button=Link("Go to my file", data["url"]),
        closing=(f"You can download it until {until}. We'll delete it then.",),
    )


def medical_record(data: Data) -> Letter:
    visit, hospital = day(data["starts_at"], data["time_zone"]), data["hospital"]
    url, not_asked = data.get("record_url"), f"If you didn't ask for it, {_call(data)}."
    where = "You can read it on our site. We'll ask you to sign in."
    closing: tuple[str, ...] = (not_asked,)
    if "attachment" in data:
        where = "It's attached as a PDF."
        closing = ("Anyone who can open this mailbox can read what is attached.", not_asked)
    return Letter(
        subject=f"The record of your appointment on {visit}",
        heading="The record of your appointment",
        opening=(f"This is about your appointment with {data['doctor_name']} on {visit}.", where),
        button=Link("See it on our site", url) if url else Link(f"Go to {hospital['name']}", hospital["url"]),
        closing=closing,
    )


def _call(data: Data) -> str:
    phone = data["hospital"]["phone"]
    return f"call {phone}" if phone else "contact us"
