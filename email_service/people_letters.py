"""The words of messages about people's accounts here: invited, closed, no longer waiting."""

from collections.abc import Mapping
from typing import Any

from .letter import Letter, Link
from .wording import minutes_text

Data = Mapping[str, Any]

_INVITED_TO: Mapping[str, str] = {
    "DOCTOR": "keep your diary and see your appointments",
    "PATIENT": "find a doctor, book a time and see your appointments",
    "STAFF": "do your work in our system",
}


def invitation(data: Data) -> Letter:
    hospital = data["hospital"]["name"]
    return Letter(
        subject=f"Your account at {hospital}",
        heading=f"Your account at {hospital}",
        opening=(
            f"We have made an account for you, with which you can {_INVITED_TO[data['role']]}.",
            "Choose a password, and you are signed in.",
        ),
        button=Link("Choose my password", data["url"]),
        closing=(
            f"The link works once, for {minutes_text(data['expires_minutes'])}. Nobody else knows your password.",
            "If you don't know what this is about, do nothing: somebody may have typed your address by mistake.",
        ),
    )


def account_closed(data: Data) -> Letter:
    hospital = data["hospital"]["name"]
    return Letter(
        subject=f"Your account at {hospital} is closed",
        heading="Your account is closed",
        opening=("Nobody can sign in with it any more, and your calendar address and connections are gone.",),
        button=Link(f"Go to {hospital}", data["site_url"]),
        closing=(f"Your records stay with us as the law asks. {_call(data)} if you did not ask for this.",),
    )


def data_erased(data: Data) -> Letter:
    hospital = data["hospital"]["name"]
    kept = data.get("kept_until")
    stays = (
        f"What the law asks us to keep stays until {kept.day} {kept:%B} {kept.year}, without your name." if kept else ""
    )
    return Letter(
        subject=f"Your data at {hospital} is erased",
        heading="Your data is erased",
        opening=tuple(
            part
            for part in (
                "Your account, your name and all the ways to reach you are erased. This can't be undone.",
                stays,
            )
            if part
        ),
        button=Link(f"Go to {hospital}", data["site_url"]),
        closing=(f"This is our last message to you. {_call(data)} if you did not ask for this.",),
    )


def waitlist_closed(data: Data) -> Letter:
    doctor = data["doctor_name"]
    return Letter(
        subject=f"You're no longer waiting for a time with {doctor}",
        heading="The waiting list is closed",
        opening=(f"{doctor} no longer sees patients here, so the waiting list has been closed.",),
        button=Link("Find another doctor", data["find_url"]),
        closing=("Appointments of yours with other doctors are not affected.",),
    )


def _call(data: Data) -> str:
    phone = data["hospital"]["phone"]
    return f"Call {phone}" if phone else "Contact us"
