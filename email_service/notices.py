"""The words that tell somebody what happened to their account."""

from collections.abc import Mapping
from typing import Any

from .letter import Letter, Link
from .wording import moment_text, zone_name

Data = Mapping[str, Any]

_NOTICES: Mapping[str, tuple[str, str]] = {
    "EMAIL_CHANGED": (
        "Your e-mail address was changed",
        "The e-mail address of your account was changed.",
    ),
    "PASSWORD_CHANGED": (
        "Your password was changed",
        "The password of your account was changed.",
    ),
    "PASSWORD_RESET": (
        "Your password was reset",
        "The password of your account was replaced through a link sent by e-mail.",
    ),
    "ACCOUNT_ALREADY_EXISTS": (
        "You already have an account",
        (
            "Someone tried to sign up with this e-mail address, or to add it to their account. It already belongs to "
            "your account. If it was you, sign in instead, or choose a new password."
        ),
    ),
    "SECOND_FACTOR_ADDED": (
        "A second sign-in step was added",
        "A second step was added to the way you sign in.",
    ),
    "SECOND_FACTOR_REMOVED": (
        "A second sign-in step was removed",
        "A second step was removed from the way you sign in.",
    ),
    "SECOND_FACTOR_RESET": (
        "Your second sign-in step was reset",
        (
            "Our staff removed the second step from the way you sign in, because you, or someone in your name, asked "
            "for it. We also ended everything that had access: sign-ins, calendar address, Google Calendar. "
            "Sign in and set up a new one."
        ),
    ),
    "RECOVERY_CODE_USED": (
        "A recovery code was used",
        "One of your recovery codes was used instead of the usual second step. It won't work again.",
    ),
    "RECOVERY_CODES_CHANGED": (
        "Your recovery codes were changed",
        "New recovery codes were made for your account. The earlier ones no longer work.",
    ),
    "CALENDAR_CONNECTED": (
        "Your Google Calendar is connected",
        "A Google Calendar was connected to your account. Your appointments will appear in it from now on.",
    ),
    "CALENDAR_ADDRESS_MADE": (
        "A calendar address was made",
        "A private address was made for your account. Anyone who has it can see your appointments in a calendar.",
    ),
    "RECORDS_READ_IN_EMERGENCY": (
        "A doctor used emergency access",
        (
            "A doctor you have no appointment with used emergency access to see what we hold about you. "
            "You can see who it was, and when."
        ),
    ),
    "CALENDAR_DISCONNECTED": (
        "Your calendar is no longer connected",
        "We can no longer reach your calendar. Connect it again so that new appointments appear in it.",
    ),
}


def account_notice(data: Data) -> Letter:
    notice, hospital = data["notice"], data["hospital"]
    title, happened = _NOTICES[notice]
    button = {
        "ACCOUNT_ALREADY_EXISTS": "Sign in",
        "CALENDAR_DISCONNECTED": "Connect my calendar",
        "RECORDS_READ_IN_EMERGENCY": "See who looked",
    }
    closing = (
        "If it wasn't you, you don't need to do anything. "
        "Nobody found out that you have an account, and nothing was changed."
    )
    opening: tuple[str, ...] = (happened,)
    if notice == "CALENDAR_DISCONNECTED":
        closing = "Your appointments aren't affected."
        opening += _busy_times_kept(data)
    elif notice == "RECORDS_READ_IN_EMERGENCY":
        closing = f"Our staff check each such access. If you have questions, {_call(hospital)}."
    elif notice != "ACCOUNT_ALREADY_EXISTS":
        closing = f"If it wasn't you, reset your password now and {_call(hospital)}."
    return Letter(
        subject=f"{title} at {hospital['name']}" if "account" in title else title,
        heading=title,
        opening=opening,
        button=Link(button.get(notice, "Check my account"), data["url"]),
        closing=(closing,),
        links=(Link("Choose a new password", data["reset_url"]),) if "reset_url" in data else (),
    )


def _call(hospital: Mapping[str, str]) -> str:
    return f"call {hospital['phone']}" if hospital["phone"] else "contact us"


def _busy_times_kept(data: Data) -> tuple[str, ...]:
    if not (busy := data.get("busy_times")):
        return ()
    until = f"{moment_text(busy['kept_until'], busy['time_zone'])}, {zone_name(busy['kept_until'], busy['time_zone'])}"
    return (f"Times your calendar had closed will stay closed until {until}. After that, patients can book them.",)
