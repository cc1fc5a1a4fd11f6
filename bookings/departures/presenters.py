"""The words around a doctor's leaving (H3)."""

from __future__ import annotations

from datetime import date

from bookings.departures.forms import ASKED_EACH
from bookings.departures.rules import MOST_AT_ONCE, DeparturePreview
from bookings.departures.services import DepartureResult
from core.formats import long_date


def effect_words(effect: DeparturePreview, last_day: date | None) -> list[str]:
    """What saving does besides what is asked below."""
    after = "from now on" if last_day is None else f"after {long_date(last_day)}"
    said = [f"{_count(effect.count, 'appointment')} {after}{', to be decided below' if effect.count else ''}."]
    if last_day:
        said.append(f"{_count(effect.before, 'appointment')} until then: as they are.")
    said.append(f"{_count(effect.free_count, 'free time')} {after}: taken out of the diary.")
    if effect.waiting:
        said.append(f"{_count(effect.waiting, 'patient')} on the waiting list: told that it is closed.")
    if effect.unfinished:
        said.append(f"{_count(effect.unfinished, 'past appointment')} never finished: the desk can still do that.")
    ends = "at once" if last_day is None else "the night after"
    said.append(
        f"The account is closed {ends}: no sign-in, no calendar connection, not in the directory. All records stay."
    )
    if effect.count > ASKED_EACH:
        said.append(f"The first {ASKED_EACH} can be decided one by one; the others follow the answer for all.")
    if effect.count > MOST_AT_ONCE:
        said.append(f"These are more than {MOST_AT_ONCE}: choose a later last day.")
    return said


def left_words(left: DepartureResult, name: str, last_day: date | None) -> str:
    """One line for after saving."""
    done = f"{name} has left." if left.is_complete or last_day is None else f"{name} leaves on {long_date(last_day)}."
    parts = [(len(left.cancelled), "cancelled"), (len(left.offered), "cancelled with a time held with a colleague")]
    told = [f"{count} {what}" for count, what in parts if count]
    return " ".join([done, *([f"Appointments: {', '.join(told)}."] if told else [])])


def _count(number: int, thing: str) -> str:
    return f"{number or 'No'} {thing}{'' if number == 1 else 's'}"
