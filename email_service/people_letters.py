"""The words of messages about people's accounts here: invited, closed, no longer waiting."""

from collections.abc import Mapping
from typing import Any

from .letter import Letter, Link
from .wording import minutes_text

Data = Mapping[str, Any]

_INVITED_TO: Mapping[str, str] = {
    "DOCTOR": "keep your diary and see your appointments",
    "PATIENT": "find a doctor, book a time and see your appointments",
    "STAFF": "sign in to our booking system",
}


def invitation(data: Data) -> Letter:
    hospital = data["hospital"]["name"]
    return Letter(
        subject=f"Your account at {hospital}",
        heading=f"Your account at {hospital}",
        opening=(
            f"We've created an account for you. With it you can {_INVITED_TO[data['role']]}.",
            "Choose a password and we'll sign you in.",
        ),
        button=Link("Choose my password", data["url"]),
        closing=(
            f"The link works once, for {minutes_text(data['expires_minutes'])}. Nobody else knows your password.",
            (
                "If you don't know what this is about, you don't need to do anything. "
                "Someone may have typed your address by mistake."
            ),
        ),
    )


def account_closed(data: Data) -> Letter:
    hospital = data["hospital"]["name"]
    return Letter(
        subject=f"Your account at {hospital} is closed",
        heading="Your account is closed",
        opening=("Nobody can sign in with it any more, and your calendar address and connections have been removed.",),
        button=Link(f"Go to {hospital}", data["site_url"]),
        closing=(f"We'll keep your records, as the law requires. {_call(data)} if you didn't ask for this.",),
    )


def data_erased(data: Data) -> Letter:
    hospital = data["hospital"]["name"]
    kept = data.get("kept_until")
    stays = (
        f"We'll keep what the law requires until {kept.day} {kept:%B} {kept.year}, without your name." if kept else ""
    )
    return Letter(
        subject=f"Your data at {hospital} has been erased",
        heading="Your data has been erased",
        opening=tuple(
            part
            for part in (
                "Your account, your name and your contact details have been erased. This can't be undone.",
                stays,
            )
            if part
        ),
        button=Link(f"Go to {hospital}", data["site_url"]),
        closing=(f"This is our last message to you. {_call(data)} if you didn't ask for this.",),
    )


def waitlist_closed(data: Data) -> Letter:
    doctor = data["doctor_name"]
    return Letter(
        subject=f"You're no longer waiting for a time with {doctor}",
        heading="The waiting list is closed",
        opening=(f"{doctor} no longer sees patients here, so the waiting list has been closed.",),
        button=Link("Find another doctor", data["find_url"]),
        closing=("Your appointments with other doctors aren't affected.",),
    )


def _call(data: Data) -> str:
    phone = data["hospital"]["phone"]
    return f"Call {phone}" if phone else "Contact us"
