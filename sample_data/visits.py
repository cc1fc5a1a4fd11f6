"""Which appointments the sample hospital has had, has today and will have: plain data, and today's plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bookings.choices import Status

KEY = "demo-"  # how the demo's own bookings are known again
BEGUN_AT_LEAST = 4  # so many of today's times have begun: somebody is here, somebody late, somebody done
FREE_LEFT = 4  # so many of today's times stay free for whoever tries the demo


@dataclass(frozen=True)
class Visit:
    """An appointment `day` working days from today (past when negative), and what became of it."""

    doctor: str
    patient: str
    day: int
    clock: str
    status: Status
    reason: str = ""
    cancelled_by_doctor: bool = False


# Upcoming ones of john_doe and jane_patient are late in the day, so that they rarely stand in the way of a new booking.
_OWN = (
    Visit("dr_smith", "john_doe", -41, "10:00", Status.COMPLETED, "Check-up after a fainting fit"),
    Visit("dr_smith", "john_doe", -20, "11:30", Status.COMPLETED, "Blood pressure"),
    Visit("dr_brown", "john_doe", -12, "14:00", Status.CANCELLED, "Dizziness in the morning"),
    Visit("dr_johnson", "john_doe", -7, "09:20", Status.NO_SHOW, "A mole on the left shoulder"),
    Visit("dr_johnson", "john_doe", 4, "17:00", Status.CONFIRMED, "A mole on the left shoulder"),
    Visit("dr_smith", "john_doe", 9, "16:30", Status.PENDING, "Results of the 24-hour recording"),
    Visit("dr_brown", "john_doe", 11, "17:00", Status.CANCELLED, "Dizziness", cancelled_by_doctor=True),
    Visit("dr_brown", "jane_patient", -33, "09:30", Status.COMPLETED, "Migraine, twice a week"),
    Visit("dr_brown", "jane_patient", -9, "10:00", Status.COMPLETED, "Migraine, follow-up"),
    Visit("dr_smith", "jane_patient", -15, "15:00", Status.CANCELLED, "Palpitations"),
    Visit("dr_smith", "jane_patient", -5, "09:30", Status.NO_SHOW, "Palpitations"),
    Visit("dr_smith", "jane_patient", 3, "16:30", Status.CONFIRMED, "Palpitations"),
    Visit("dr_obrien", "lily_carter", 6, "10:00", Status.CONFIRMED, "Vaccination before school"),
    Visit("dr_obrien", "walter_doe", -14, "11:00", Status.COMPLETED, "Dizzy when standing up"),
    Visit("dr_brown", "jane_patient", 8, "17:00", Status.PENDING, "Migraine, new medicine"),
)

_OTHERS = (
    Visit("dr_smith", "aisha_khan", -2, "09:00", Status.COMPLETED, "Second opinion"),
    Visit("dr_smith", "bjorn_a", -2, "10:30", Status.COMPLETED),
    Visit("dr_smith", "carlos_m", -1, "09:30", Status.NO_SHOW, "Chest pain when running"),
    Visit("dr_smith", "dilip_rao", -1, "11:00", Status.COMPLETED, "Yearly check-up"),
    Visit("dr_smith", "eilidh_m", -1, "14:30", Status.CANCELLED, cancelled_by_doctor=True),
    Visit("dr_smith", "fatima_z", 1, "09:00", Status.CONFIRMED, "ضغط الدم"),
    Visit("dr_smith", "george_p", 1, "10:30", Status.PENDING, "Pacemaker check"),
    Visit("dr_smith", "hana_sato", 1, "14:00", Status.CONFIRMED),
    Visit("dr_smith", "ivan_p", 2, "11:00", Status.PENDING, "Swollen ankles in the evening"),
    Visit("dr_smith", "joy_mensah", 5, "09:30", Status.CANCELLED),
    Visit("dr_johnson", "kwame_o", -3, "10:00", Status.COMPLETED, "Eczema on both hands"),
    Visit("dr_johnson", "lucia_r", -3, "11:20", Status.COMPLETED, "Acne"),
    Visit("dr_johnson", "mo_farooq", -1, "14:10", Status.COMPLETED),
    Visit("dr_johnson", "niamh_k", 1, "09:40", Status.CONFIRMED, "Psoriasis, light treatment"),
    Visit("dr_johnson", "priya_s", 2, "10:00", Status.CONFIRMED, "Rash after gardening"),
    Visit("dr_brown", "quentin_l", -4, "10:30", Status.COMPLETED, "Tremor of the right hand"),
    Visit("dr_brown", "rosa_t", 2, "11:00", Status.PENDING, "Memory"),
    Visit("dr_alvarez", "sven_j", -6, "09:00", Status.COMPLETED, "After the stent"),
    Visit("dr_alvarez", "thandiwe_n", 1, "08:30", Status.PENDING),
    Visit("dr_obrien", "oscar_w", -8, "09:30", Status.COMPLETED, "Vaccinations"),
    Visit("dr_obrien", "oscar_w", 3, "10:00", Status.CONFIRMED, "Cough that will not go"),
    Visit("dr_mueller", "viktor_h", -2, "13:20", Status.COMPLETED, "Hip, one year after the operation"),
    Visit("dr_mueller", "wendy_oc", 2, "14:00", Status.PENDING, "Ankle, twisted playing netball"),
    Visit("dr_okafor", "uma_pillai", 4, "09:00", Status.PENDING, "First scan"),
    Visit("dr_wang", "xin_li", 3, "09:20", Status.PENDING, "视力模糊"),
    Visit("dr_nguyen", "zoe_b", -5, "08:15", Status.COMPLETED, "Tired all the time"),
    Visit("dr_nguyen", "zoe_b", 1, "08:00", Status.CONFIRMED, "Results of the blood test"),
    Visit("dr_haddad", "lucia_r", 1, "09:00", Status.PENDING, "Birthmark"),
)

VISITS = (*_OWN, *_OTHERS)

# What was said of completed visits: doctor, patient, day of the visit as above; stars and words.
# Of those of john_doe and jane_patient some are left to be said by whoever tries the demo.
REVIEWS = {
    ("dr_smith", "john_doe", -41): (5, "Took the time to explain every line of the ECG. I left calmer than I came."),
    ("dr_brown", "jane_patient", -33): (5, "At last somebody who listens. The diary idea helped within two weeks."),
    ("dr_smith", "aisha_khan", -2): (4, "Clear second opinion. Twenty minutes late, but somebody told us why."),
    ("dr_smith", "bjorn_a", -2): (5, ""),
    ("dr_smith", "dilip_rao", -1): (3, "Good doctor. The waiting room was cold."),
    ("dr_johnson", "kwame_o", -3): (5, "The cream works. Thank you!"),
    ("dr_johnson", "lucia_r", -3): (4, "Amable y muy clara."),
    ("dr_johnson", "mo_farooq", -1): (5, ""),
    ("dr_brown", "quentin_l", -4): (4, "Thorough, and honest about what is not known."),
    ("dr_alvarez", "sven_j", -6): (5, "Kind from the front desk to the goodbye."),
    ("dr_obrien", "oscar_w", -8): (5, "Both children were afraid of the needle; neither cried."),
    ("dr_mueller", "viktor_h", -2): (4, ""),
    ("dr_nguyen", "zoe_b", -5): (2, "Felt hurried. The blood test was quick, though."),
}


@dataclass(frozen=True)
class Wish:
    """Somebody on a waiting list, since so many days. Weekdays from Monday, 0."""

    doctor: str
    patient: str
    days_ago: int
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)


# With doctors who have no time on these days: nothing is taken from under the hands of whoever tries the demo.
WISHES = (
    Wish("dr_haddad", "wendy_oc", 16),
    Wish("dr_haddad", "oscar_w", 4),
    Wish("dr_silva", "viktor_h", 9, weekdays=(0, 2)),
)

# Who comes to each doctor today, the most wanted first; on later days the list moves on by one.
TODAY = {
    "dr_smith": (
        "john_doe",
        "jane_patient",
        "aisha_khan",
        "dilip_rao",
        "george_p",
        "kwame_o",
        "niamh_k",
        "sven_j",
        "uma_pillai",
    ),
    "dr_johnson": ("lucia_r", "priya_s", "carlos_m", "mo_farooq", "zoe_b", "joy_mensah", "eilidh_m", "bjorn_a"),
    "dr_brown": ("quentin_l", "rosa_t", "ivan_p", "viktor_h", "hana_sato", "wendy_oc", "xin_li"),
    "dr_nguyen": ("oscar_w", "thandiwe_n", "fatima_z"),
}
TODAYS_REASONS = {
    "john_doe": "Chest feels tight on the stairs",
    "aisha_khan": "Second opinion",
    "george_p": "Pacemaker check",
    "niamh_k": "Blood pressure",
    "uma_pillai": "Heart races at night",
    "priya_s": "Rash after gardening",
    "quentin_l": "Tremor of the right hand",
}
HEROES = ("john_doe", "jane_patient")  # theirs is the demo to try: no new appointments behind their backs


def todays_cast(doctor: str, *, first_day: bool, day_number: int) -> list[str]:
    """The patients of today, in the order the best places are given to them."""
    cast = list(TODAY[doctor])
    if first_day:
        return cast
    others = [name for name in cast if name not in HEROES]
    turn = day_number % len(others)
    return others[turn:] + others[:turn]


def todays_places(starts: Sequence[datetime], *, now: datetime) -> list[tuple[datetime, Status]]:
    """Which of today's free times are taken, and how far each has come: the most wanted place first.

    Enough of those ahead stay free; with few ahead the places are those already begun.
    """
    begun = [start for start in sorted(starts) if start <= now]
    late = [start for start in begun[:-1] if now - start > _LATE][-1:]
    ahead = [start for start in sorted(starts) if start > now]
    spare = max(0, len(ahead) - FREE_LEFT)
    places = [*zip([ahead[-1], ahead[-2], *ahead[1:4:2]][:spare], _AHEAD, strict=False)] if spare else []
    arrived = begun[-1:] or ahead[:1] if spare else begun[-1:]
    over = [start for start in begun[:-1] if start not in late]
    places[2:2] = [(start, Status.CHECKED_IN) for start in arrived] + [(start, Status.CONFIRMED) for start in late]
    return places + list(zip(reversed(over[-len(_BEGUN) :]), _BEGUN, strict=False))


_LATE = timedelta(minutes=10)
_AHEAD = (Status.CONFIRMED, Status.PENDING, Status.CONFIRMED, Status.PENDING)
_BEGUN = (Status.COMPLETED, Status.NO_SHOW, Status.COMPLETED, Status.COMPLETED)
