"""A doctor's month in numbers: counts, minutes and cents, and nobody's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """What each of them counts, docs/billing.md says. Money in the smallest unit of the hospital's currency."""

    booked: int = 0
    completed: int = 0
    cancelled_by_patient: int = 0
    cancelled_by_doctor: int = 0
    cancelled_by_hospital: int = 0
    missed: int = 0
    moved: int = 0
    patients_seen: int = 0
    patients_new: int = 0
    minutes_offered: int = 0
    minutes_used: int = 0
    reviews: int = 0
    rating_sum: int = 0
    issued_cents: int = 0
    credited_cents: int = 0
    paid_cents: int = 0

    @property
    def is_nothing(self) -> bool:
        """A month without an appointment, a time offered, a review or money."""
        return self == type(self)()

    @property
    def has_money(self) -> bool:
        return any((self.issued_cents, self.credited_cents, self.paid_cents))

    @property
    def net_cents(self) -> int:
        """Net earnings: what was issued less what was credited."""
        return self.issued_cents - self.credited_cents

    @property
    def rating(self) -> float | None:
        """The average of the month's reviews, 1 to 5; None without any."""
        return self.rating_sum / self.reviews if self.reviews else None

    @property
    def used_share(self) -> float | None:
        """0 to 1; None when nothing was offered."""
        return self.minutes_used / self.minutes_offered if self.minutes_offered else None

    def as_json(self) -> dict[str, int]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """As a report keeps it; a number that wasn't counted yet when it was made is 0."""
        return cls(**{field.name: kept.get(field.name, 0) for field in fields(cls)})
