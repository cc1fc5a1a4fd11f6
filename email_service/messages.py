"""The words of each action. No diagnosis, reason or note ever appears: they are not in the contract.

A subject shows on locked screens, so it never names the patient.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from . import file_letters, money_letters, notices, people_letters
from .letter import Letter, Link
from .wording import clock, day, minutes_text, moment_text, span, zone_name

Data = Mapping[str, Any]


def compose(action: str, data: Data) -> Letter:
    """Return the letter for a checked request (see contract.py)."""
    return _WRITERS[action](data)


# Accounts


def _signup_welcome(data: Data) -> Letter:
    hospital = data["hospital"]["name"]
    opening: tuple[str, ...]
    if data["role"] == "PATIENT":
        opening = (
            f"Your account at {hospital} is ready.",
            "You can find a doctor, book a time and see your appointments online.",
        )
    elif data["awaiting_approval"]:
        opening = (
            f"Your account at {hospital} is ready, and you can set up your diary now.",
            (
                "We're checking your licence. "
                "Once that's done, we'll e-mail you and patients will be able to book with you."
            ),
        )
    else:
        opening = (f"Your account at {hospital} is ready. You can set up your diary now.",)
    return Letter(
        subject=f"Welcome to {hospital}",
        heading=f"Welcome to {hospital}",
        opening=opening,
        button=Link("Sign in", data["sign_in_url"]),
    )


def _email_verification(data: Data) -> Letter:
    code, url = data.get("code", ""), data.get("url", "")
    ask = "Enter this code on the page that asked for it" if code else "Follow the link"
    either = ", or follow the link," if code and url else ""
    return Letter(
        subject=f"Confirm your e-mail address for {data['hospital']['name']}",
        heading="Confirm your e-mail address",
        opening=(f"{ask}{either} to show that this address is yours.",),
        code=code,
        button=Link("Confirm my address", url) if url else None,
        closing=(
            f"It works for {minutes_text(data['expires_minutes'])}.",
            (
                "If you didn't ask for this, you don't need to do anything. "
                "Someone may have typed your address by mistake."
            ),
        ),
    )


def _password_reset(data: Data) -> Letter:
    hospital = data["hospital"]["name"]
    if not data.get("account_exists", True):
        return Letter(
            subject=f"Signing in to {hospital}",
            heading="There's no account with this address",
            opening=(
                f"We received a request to reset the password of an account at {hospital}.",
                "There's no account with this e-mail address.",
                "If it was you, you may have signed up with another address, or not have signed up yet.",
            ),
            button=Link("Create an account", data["sign_up_url"]),
            closing=("If it wasn't you, you don't need to do anything.",),
        )
    return Letter(
        subject=f"Reset your password for {hospital}",
        heading="Reset your password",
        opening=("We received a request to reset the password of your account.",),
        button=Link("Choose a new password", data["url"]),
        closing=(
            f"The link works once, for {minutes_text(data['expires_minutes'])}.",
            "If it wasn't you, you don't need to do anything. Your password will stay the same.",
        ),
    )


def _doctor_approved(data: Data) -> Letter:
    return Letter(
        subject=f"Your account at {data['hospital']['name']} is approved",
        heading="Patients can book with you now",
        opening=("We've checked your licence and approved your account.",),
        button=Link("Open my diary", data["dashboard_url"]),
    )


# Appointments


def _booking_confirmation(data: Data) -> Letter:
    return Letter(
        subject=f"Appointment booked: {_when_with_doctor(data)}",
        heading="Appointment booked",
        opening=(f"Your appointment with {data['booking']['doctor_name']} is booked.",),
        facts=_facts(data),
        button=Link("See or change the appointment", data["booking_url"]),
        closing=("If you can't come, please cancel or move it, so someone else can have the time.",),
    )


def _booking_pending(data: Data) -> Letter:
    return Letter(
        subject=f"Request sent: {_when_with_doctor(data)}",
        heading="Request sent",
        opening=(
            f"You have asked for an appointment with {data['booking']['doctor_name']}.",
            "It isn't confirmed yet. We're holding the time for you, and we'll e-mail you when the doctor replies.",
        ),
        facts=_facts(data),
        button=Link("See the request", data["booking_url"]),
    )


def _booking_notification(data: Data) -> Letter:
    waits = data["needs_confirmation"]
    return Letter(
        subject=f"{'Please confirm' if waits else 'New appointment'}: {_when(data)}",
        heading="You have a request to confirm" if waits else "New appointment",
        opening=(
            "A patient has asked for this time. We'll hold it until you reply."
            if waits
            else "A patient has booked this time with you.",
        ),
        facts=_facts(data, for_doctor=True),
        button=Link("Confirm or decline" if waits else "See the appointment", data["booking_url"]),
    )


_CANCELLED: Mapping[tuple[str, str], str] = {
    ("PATIENT", "PATIENT"): "You have cancelled this appointment. You don't need to do anything else.",
    ("PATIENT", "DOCTOR"): "We're sorry: the doctor has had to cancel this appointment.",
    ("PATIENT", "HOSPITAL"): "We're sorry: the hospital has had to cancel this appointment.",
    ("DOCTOR", "PATIENT"): "The patient has cancelled this appointment.",
    ("DOCTOR", "DOCTOR"): "You have cancelled this appointment. We have told the patient.",
    ("DOCTOR", "HOSPITAL"): "The hospital has cancelled this appointment.",
}


_REQUEST_ENDED: Mapping[tuple[str, str], str] = {
    ("PATIENT", "PATIENT"): "You have withdrawn this request. You don't need to do anything else.",
    ("PATIENT", "DOCTOR"): "We're sorry: the doctor can't see you at this time.",
    ("PATIENT", "HOSPITAL"): "We're sorry: the hospital has had to decline this request.",
    ("DOCTOR", "PATIENT"): "The patient has withdrawn this request.",
    ("DOCTOR", "DOCTOR"): "You have declined this request. We have told the patient.",
    ("DOCTOR", "HOSPITAL"): "The hospital has declined this request.",
}


def _booking_cancelled(data: Data) -> Letter:
    for_doctor = data["recipient_role"] == "DOCTOR"
    again = data.get("book_again_url")
    heading, words = "Appointment cancelled", _CANCELLED
    if data.get("was_request"):
        heading = "Request withdrawn" if data["cancelled_by"] == "PATIENT" else "Request declined"
        words = _REQUEST_ENDED
    return Letter(
        subject=f"{heading}: {_when(data) if for_doctor else _when_with_doctor(data)}",
        heading=heading,
        opening=(words[data["recipient_role"], data["cancelled_by"]],),
        facts=_facts(data, for_doctor=for_doctor),
        button=Link("Book another time", again) if again else Link("See the details", data["booking_url"]),
    )


def _booking_rescheduled(data: Data) -> Letter:
    if data.get("needs_confirmation"):
        return _request_moved(data)
    for_doctor = data["recipient_role"] == "DOCTOR"
    whose = "An appointment with you" if for_doctor else "Your appointment"
    return Letter(
        subject=f"Appointment moved: {_when(data) if for_doctor else _when_with_doctor(data)}",
        heading="Appointment moved",
        opening=(f"{whose} has a new time. The earlier time has been released.",),
        facts=_facts_of_move(data, for_doctor=for_doctor),
        button=Link("See the appointment", data["booking_url"]),
    )


def _request_moved(data: Data) -> Letter:
    """The new time is a request, whatever the earlier one was."""
    if data["recipient_role"] == "DOCTOR":
        return Letter(
            subject=f"Please confirm: {_when(data)}",
            heading="You have a request for a new time to confirm",
            opening=("The patient has asked for this time instead of an earlier one. We'll hold it until you reply.",),
            facts=_facts_of_move(data, for_doctor=True),
            button=Link("Confirm or decline", data["booking_url"]),
        )
    return Letter(
        subject=f"Request sent: {_when_with_doctor(data)}",
        heading="Request sent for a new time",
        opening=(
            f"You've asked for a new time with {data['booking']['doctor_name']}. Your earlier time has been released.",
            (
                "The doctor still has to confirm the new time. "
                "We're holding it for you, and we'll e-mail you when they reply."
            ),
        ),
        facts=_facts_of_move(data),
        button=Link("See the request", data["booking_url"]),
    )


def _facts_of_move(data: Data, *, for_doctor: bool = False) -> tuple[tuple[str, str], ...]:
    before = moment_text(data["previous_starts_at"], data["booking"]["time_zone"])
    return (*_facts(data, for_doctor=for_doctor), ("Instead of", before))


_WAITS = "The doctor hasn't confirmed it yet. We'll e-mail you when they do."


def _appointment_reminder(data: Data) -> Letter:
    until, waits, doctor = data.get("cancel_until"), data.get("needs_confirmation"), data["booking"]["doctor_name"]
    zone = data["booking"]["time_zone"]
    closing = "If you can't come, please tell us, so someone else can have the time."
    if until:
        closing = f"If you can't come, you can cancel or move it online until {moment_text(until, zone)}."
    return Letter(
        subject=f"{'Request not confirmed yet' if waits else 'Reminder'}: {_when_with_doctor(data)}",
        heading="Your request isn't confirmed yet" if waits else "Your appointment is coming up",
        opening=(f"You have asked for a time with {doctor}.", _WAITS)
        if waits
        else (f"You have an appointment with {doctor}.",),
        facts=_facts(data),
        button=Link("See or change the request" if waits else "See or change the appointment", data["booking_url"]),
        closing=(closing,),
    )


def _times_offered(data: Data) -> Letter:
    booking, zone = data["booking"], data["booking"]["time_zone"]
    expires, count = data["expires_at"], len(data["offers"])
    held = f"{clock(expires, zone)} on {day(expires, zone)}, {zone_name(expires, zone)}"
    these = "This one is" if count == 1 else f"These {count} are"
    whose = "request" if data.get("needs_confirmation") else "appointment"
    return Letter(
        subject=f"Please choose another time: {_when_with_doctor(data)}",
        heading="Please choose another time",
        opening=(
            f"{booking['doctor_name']} is away at the time of your {whose}.",
            f"We're sorry. {these} held for you until {held}; choose one below.",
        ),
        facts=(*_facts(data), *_offer_facts(data["offers"], zone)),
        button=Link("Choose a time", data["keep_or_cancel_url"]),
        closing=(f"Your {whose} stays as it is until you choose. We're happy to help by phone as well.",),
        links=tuple(
            Link(f"Take {moment_text(offer['starts_at'], zone)}", offer["accept_url"]) for offer in data["offers"]
        ),
    )


def _offer_facts(offers: Sequence[Data], zone: ZoneInfo) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"Other time {number}" if len(offers) > 1 else "Other time", moment_text(offer["starts_at"], zone))
        for number, offer in enumerate(offers, start=1)
    )


def _waitlist_offer(data: Data) -> Letter:
    offer = data["offer"]
    zone, expires = offer["time_zone"], data["expires_at"]
    held = f"{clock(expires, zone)} on {day(expires, zone)}, {zone_name(expires, zone)}"
    if "in_place_of" in data:
        return _colleague_offered(data, held)
    booked = data.get("earlier_than")
    if booked:
        kind, heading = "Earlier time free", "An earlier time is free"
        why = (
            f"This is earlier than your current appointment with {offer['doctor_name']} on {moment_text(booked, zone)}."
        )
    else:
        kind, heading = "Time free", "A time is free"
        why = f"You asked us to tell you when a time with {offer['doctor_name']} comes free."
    return Letter(
        subject=f"{kind}: {moment_text(offer['starts_at'], zone)} with {offer['doctor_name']}",
        heading=heading,
        opening=(why, f"We're holding it for you until {held}."),
        facts=_visit_facts(offer),
        button=Link("Take this time", data["accept_url"]),
        closing=("If we don't hear from you by then, it'll go to the next person.",),
        links=(Link("Decline it or leave the waiting list", data["manage_url"]),),
    )


def _colleague_offered(data: Data, held: str) -> Letter:
    offer, left = data["offer"], data["in_place_of"]
    return Letter(
        subject=f"A time for you: {moment_text(offer['starts_at'], offer['time_zone'])} with {offer['doctor_name']}",
        heading="A time with another doctor",
        opening=(f"{left} can no longer see you.", f"We're holding this time with a colleague for you until {held}."),
        facts=_visit_facts(offer),
        button=Link("Take this time", data["accept_url"]),
        closing=("If it doesn't suit you, you'll stay on this doctor's waiting list until you leave it.",),
        links=(Link("Decline it or leave the waiting list", data["manage_url"]),),
    )


def _when(data: Data) -> str:
    booking = data["booking"]
    return moment_text(booking["starts_at"], booking["time_zone"])


def _when_with_doctor(data: Data) -> str:
    return f"{_when(data)} with {data['booking']['doctor_name']}"


def _visit_facts(visit: Data) -> tuple[tuple[str, str], ...]:
    zone, start = visit["time_zone"], visit["starts_at"]
    return _without_blanks(
        ("Date", day(start, zone)),
        ("Time", span(start, visit["ends_at"], zone)),
        ("Doctor", visit["doctor_name"]),
        ("Department", visit["department"]),
        ("Place", visit["place"]),
    )


def _facts(data: Data, *, for_doctor: bool = False) -> tuple[tuple[str, str], ...]:
    booking = data["booking"]
    facts = dict(_visit_facts(booking))
    if for_doctor:
        facts.pop("Doctor")
    return _without_blanks(
        *facts.items(),
        ("Duration", minutes_text(booking["minutes"])),
        ("Patient", booking["patient_name"]),
        ("Fee", booking["fee_text"]),
        ("Reference", booking["reference"]),
    )


def _without_blanks(*facts: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((label, value) for label, value in facts if value)


_WRITERS: Mapping[str, Callable[[Data], Letter]] = {
    "SIGNUP_WELCOME": _signup_welcome,
    "EMAIL_VERIFICATION": _email_verification,
    "PASSWORD_RESET": _password_reset,
    "ACCOUNT_NOTICE": notices.account_notice,
    "INVITATION": people_letters.invitation,
    "ACCOUNT_CLOSED": people_letters.account_closed,
    "DATA_ERASED": people_letters.data_erased,
    "DOCTOR_APPROVED": _doctor_approved,
    "BOOKING_CONFIRMATION": _booking_confirmation,
    "BOOKING_NOTIFICATION": _booking_notification,
    "BOOKING_PENDING": _booking_pending,
    "BOOKING_CANCELLED": _booking_cancelled,
    "BOOKING_RESCHEDULED": _booking_rescheduled,
    "APPOINTMENT_REMINDER": _appointment_reminder,
    "TIMES_OFFERED": _times_offered,
    "WAITLIST_OFFER": _waitlist_offer,
    "WAITLIST_CLOSED": people_letters.waitlist_closed,
    "EXPORT_READY": file_letters.export_ready,
    "MEDICAL_RECORD": file_letters.medical_record,
    "INVOICE": money_letters.invoice,
    "DOCTOR_MONTHLY_REPORT": money_letters.monthly_report,
}
