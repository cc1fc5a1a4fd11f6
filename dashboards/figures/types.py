"""What each figure answers, as it is cached: minutes, days and counts, and of people only doctors' names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from doctors.utilisation import Use


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of the hospital: a department by its key, or None for all of it."""

    department: int | None = None


@dataclass(frozen=True, slots=True)
class Visits:
    """Appointments by where they stand. A moved one counts where it was moved to, and nowhere else."""

    coming: int = 0
    arrived: int = 0
    done: int = 0
    cancelled: int = 0
    missed: int = 0

    @property
    def total(self) -> int:
        return self.coming + self.arrived + self.done + self.cancelled + self.missed

    def __add__(self, other: Visits) -> Visits:
        return Visits(
            self.coming + other.coming,
            self.arrived + other.arrived,
            self.done + other.done,
            self.cancelled + other.cancelled,
            self.missed + other.missed,
        )


@dataclass(frozen=True, slots=True)
class Glance:
    """Today, and how many people there are."""

    visits: Visits
    doctors_at_work: int
    free_times_left: int
    patients: int
    listed_doctors: int
    doctors_to_approve: int


@dataclass(frozen=True, slots=True)
class DoctorUse:
    doctor: int
    name: str
    department: str
    use: Use


@dataclass(frozen=True, slots=True)
class Utilisation:
    """By hospital day, and by doctor (in order of name) with anything offered."""

    by_day: dict[date, Use]
    by_doctor: list[DoctorUse]

    @property
    def total(self) -> Use:
        return sum(self.by_day.values(), Use())

    def by_department(self) -> dict[str, Use]:
        """By name, in order of name."""
        found: dict[str, Use] = {}
        for row in self.by_doctor:
            found[row.department] = found.get(row.department, Use()) + row.use
        return dict(sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Missed:
    """Visits that were to happen, and of those missed."""

    visits: int = 0
    missed: int = 0

    @property
    def rate(self) -> float | None:
        """0 to 1; None when there were no visits."""
        return self.missed / self.visits if self.visits else None


@dataclass(frozen=True, slots=True)
class Queue:
    """Who waits for one doctor."""

    doctor: int
    name: str
    department: str
    waiting: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class ThirdNextAvailable:
    """The third next available appointment of one doctor, in days from today; None when there are not three."""

    doctor: int
    name: str
    department: str
    days: int | None


@dataclass(frozen=True, slots=True)
class Messages:
    """Now: not delivered, waiting, and since when. In the period: what became of those written in it."""

    failed: int
    waiting: int
    oldest: datetime | None
    written: dict[str, int]


@dataclass(frozen=True, slots=True)
class Cancellations:
    """By who cancelled: how many, and of those with less than 24 hours' notice."""

    by: dict[str, tuple[int, int]]

    @property
    def total(self) -> int:
        return sum(count for count, _ in self.by.values())

    @property
    def short(self) -> int:
        return sum(short for _, short in self.by.values())


# Money: whole smallest units of `currency`, tax included. A doctor's key is None for what is no doctor's, their name
# and department then empty.


@dataclass(frozen=True, slots=True)
class Revenue:
    """What was invoiced, credited, received and given back."""

    issued: int = 0
    credited: int = 0
    received: int = 0
    refunded: int = 0

    @property
    def paid(self) -> int:
        """Below 0 when more was given back than came in."""
        return self.received - self.refunded

    def __add__(self, other: Revenue) -> Revenue:
        return Revenue(
            self.issued + other.issued,
            self.credited + other.credited,
            self.received + other.received,
            self.refunded + other.refunded,
        )


@dataclass(frozen=True, slots=True)
class DoctorRevenue:
    doctor: int | None
    name: str
    department: str
    revenue: Revenue


@dataclass(frozen=True, slots=True)
class PeriodRevenue:
    """The same money three times: by doctor (in order of name, "no doctor" last), by the first day of each calendar
    month, and what was received and refunded by method."""

    currency: str
    by_doctor: list[DoctorRevenue]
    by_month: dict[date, Revenue]
    by_method: dict[str, Revenue]

    @property
    def total(self) -> Revenue:
        return sum((row.revenue for row in self.by_doctor), Revenue())


@dataclass(frozen=True, slots=True)
class DoctorReceivable:
    """What is open of one doctor's invoices, and of that overdue."""

    doctor: int | None
    name: str
    department: str
    open: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Receivables:
    """What is open as of now, of all invoices: by doctor, by the month of issue within a period (None: issued on other
    days), and by how long it is overdue (`revenue.AGES`). `to_give_back` is what patients have paid too much."""

    currency: str
    by_doctor: list[DoctorReceivable]
    by_month: dict[date | None, int]
    by_age: list[int]
    to_give_back: int

    @property
    def total(self) -> int:
        return sum(self.by_age)

    @property
    def overdue(self) -> int:
        return sum(self.by_age[1:])


def median(values: Sequence[int]) -> float | None:
    """The middle one, or the mean of the two in the middle; None of none."""
    ordered = sorted(values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    return float(ordered[middle]) if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
