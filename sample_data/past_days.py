"""What a day that is over looked like at the sample hospital: pure, drawn by chance, the same for the same day.

About two thirds of the times were taken. The longer ahead somebody booked, the more often they did not come.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from itertools import product
from random import Random

DAYS = 20  # working days: the last four weeks


class PastOutcome(Enum):
    """What became of an appointment."""

    KEPT = "kept"
    MISSED = "missed"
    MOVED_HERE = "moved here"  # from another time of the day, and kept
    CANCELLED_BY_PATIENT = "cancelled by the patient"
    CANCELLED_BY_DOCTOR = "cancelled by the doctor"
    CANCELLED_BY_HOSPITAL = "cancelled by the hospital"


CANCELLED = (PastOutcome.CANCELLED_BY_PATIENT, PastOutcome.CANCELLED_BY_HOSPITAL, PastOutcome.CANCELLED_BY_DOCTOR)


@dataclass(frozen=True, slots=True)
class Taken:
    """One time of a diary (by its place in the list of the day) and its story. `lead` in days; `other`: moved from."""

    place: int
    fate: PastOutcome
    lead: int
    other: int | None = None


# Lead times in days: from, to, how often of a hundred, and how many of a hundred did not come.
_LEADS = ((0, 0, 12, 2), (1, 2, 18, 3), (3, 7, 30, 6), (8, 14, 20, 8), (15, 30, 14, 11), (31, 45, 6, 16))
_CANCELLED_OF_100 = 11
_MOVED_OF_100 = 3
_CANCELLED_BY = (5, 5, 1)  # in the order of CANCELLED


def chance_of(*words: object) -> Random:
    """The dice of one doctor's day: thrown again they fall the same."""
    return Random("/".join(str(word) for word in words))  # noqa: S311 - a sample, no secret


def share_of(doctor: str, dice: Random) -> float:
    """How much of a day is taken: each doctor is as wanted as they are, each day a little different."""
    return 0.54 + 0.24 * chance_of(doctor).random() + dice.uniform(-0.06, 0.06)


def day_of(times: int, *, already: int, share: float, dice: Random) -> list[Taken]:
    """Who took which of the `times` still free of a day with `already` more; what was cancelled is free again."""
    wanted = max(0, round((times + already) * share) - already)
    places = dice.sample(range(times), times)
    held, left = places[:wanted], places[wanted:]
    day = [_kept_or_missed(place, dice) for place in sorted(held)]
    for place in left:
        if dice.random() * 100 * len(left) < _CANCELLED_OF_100 * len(held):
            by = dice.choices(CANCELLED, _CANCELLED_BY)[0]
            day.append(Taken(place, by, max(1, _lead(dice)[0])))
        elif dice.random() * 100 * len(left) < _MOVED_OF_100 * len(held):
            kept = next((n for n, visit in enumerate(day) if visit.fate is PastOutcome.KEPT and visit.lead > 1), None)
            if kept is not None:
                day[kept] = Taken(day[kept].place, PastOutcome.MOVED_HERE, day[kept].lead, other=place)
    return day


def _lead(dice: Random) -> tuple[int, int]:
    first, last, _, missed = dice.choices(_LEADS, [often for *_, often, _ in _LEADS])[0]
    return dice.randint(first, last), missed


def _kept_or_missed(place: int, dice: Random) -> Taken:
    lead, missed = _lead(dice)
    return Taken(place, PastOutcome.MISSED if dice.random() * 100 < missed else PastOutcome.KEPT, lead)


@dataclass(frozen=True, slots=True)
class Outpatient:
    """Somebody who books by telephone and has no account."""

    full_name: str
    born: date
    phone: str


_GIVEN = (
    *("Adaeze", "Alan", "Beatriz", "Callum", "Chloe", "Derek", "Elif", "Farah", "Grace", "Hamish", "Imran", "Jasmine"),
    *("Kofi", "Leila", "Marcus", "Nadia", "Owen", "Petra", "Rhys", "Saskia"),
)
_FAMILY = (
    *("Abbott", "Bello", "Clarke", "Dimitriou", "Evans", "Fraser", "Grant", "Hussain", "Iqbal", "Jones", "Kelly"),
    *("Lindqvist", "Marsh", "Ncube", "Okoro", "Patel", "Quinn", "Rossi", "Sharma", "Turner", "Usman", "Varga"),
    *("Walsh", "Xu", "Yilmaz", "Zielinski", "Bianchi", "Costa", "Dunne", "Eriksen"),
)


def outpatients() -> Iterable[Outpatient]:
    """The same people every time, from eighteen months to ninety."""
    for number, (family, given) in enumerate(product(_FAMILY, _GIVEN)):
        born = date(1934, 2, 11) + timedelta(days=(number * 137) % 33_000)
        yield Outpatient(f"{given} {family}", born, f"020 7946 0{400 + number}")


def drawn(people: Sequence[str], dice: Random) -> list[str]:
    """All of them, in the order in which they are asked."""
    return dice.sample(people, len(people))
