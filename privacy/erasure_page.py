"""The words of an erasure: what goes, what stays, and why."""

from __future__ import annotations

from privacy.erasing import Outlook
from privacy.people import Person

_ACCOUNT = (
    "Name, username, e-mail addresses, phone number, password and second sign-in steps",
    "Sessions, the calendar address and the Google Calendar connection",
    "What messages to them, and to doctors about them, said and to whom, once the last one has left",
    "Names in the admin's own log",
)


_TRAIL = (
    "The audit trail: which account did what and when, by numbers instead of names, from which IP address, and "
    "the reasons staff typed. It shows that data is handled rightly (GDPR Art. 5(2))."
)


def goes(person: Person, ahead: Outlook) -> list[str]:
    """What is erased at once."""
    said = list(_ACCOUNT) if person.user else ["Name, e-mail address and phone number", *_ACCOUNT[2:]]
    if person.doctor:
        said[0] = "Username, e-mail addresses, phone number, password and second sign-in steps"
        said.append("Biography, room, and the notes on time off")
    if person.patient:
        said.append("Address and emergency contact")
        if ahead.appointments:
            said.append("Why appointments were cancelled, in whoever's words")
    if ahead.reviews:
        said.append(f"The text of {_count(ahead.reviews, 'review')}; the stars stay, without a name")
    if ahead.cared_for:
        people = "person they care for" if ahead.cared_for == 1 else "people they care for"
        said.append(f"The tie to {ahead.cared_for} {people}, whose own records stay and who then have no address here")
    return said


def stays(person: Person, ahead: Outlook, years: int) -> list[str]:
    """What is kept, until when, and why."""
    said = [_TRAIL, "Backups, until they are overwritten."]
    if ahead.appointments:
        count = _count(ahead.appointments, "appointment")
        said.insert(0, f"{count}: day, doctor, what became of it, fee. Under a pseudonym; the books rest on them")
    if ahead.record_due is None:
        return said
    law = f"the law asks for {years} years after the last visit, of children longer (GDPR Art. 17(3))"
    if person.doctor:
        said.insert(0, f"The name on the appointments of patients: {law}. Erased by itself when that is over")
    if person.patient:
        said.insert(
            0,
            "Date of birth, blood group, allergies, medical history, and why they came, under a pseudonym: "
            f"{law}. Erased by itself when that is over",
        )
    return said


def _count(number: int, thing: str) -> str:
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}".capitalize()
