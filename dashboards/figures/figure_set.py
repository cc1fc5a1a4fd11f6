"""All figures of one view of the hospital: which period, which department, as of when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from django.conf import settings

from core.clock import hospital_day
from dashboards.figures import appointments, capacity, queues
from dashboards.figures.cache import cached
from dashboards.figures.periods import Period
from dashboards.figures.revenue import receivables, revenue
from dashboards.figures.types import (
    Cancellations,
    Glance,
    Messages,
    Missed,
    PeriodRevenue,
    Queue,
    Receivables,
    Scope,
    ThirdNextAvailable,
    Utilisation,
    Visits,
)
from dashboards.figures.utilisation import utilisation

T = TypeVar("T")


@dataclass
class FigureSet:
    """Each figure is looked up when it is asked for. `oldest` is the age of the oldest that was, `now` if none."""

    period: Period
    scope: Scope
    now: datetime
    renew: bool = False
    oldest: datetime = field(init=False)
    _found: dict[str, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.oldest = self.now

    @property
    def today(self) -> date:
        return hospital_day(self.now)

    def glance(self) -> Glance:
        return self._cached("glance", self._where, lambda: queues.glance(self.scope, now=self.now))

    def by_day(self) -> dict[date, Visits]:
        return self._cached("by-day", self._when_and_where, lambda: appointments.by_day(self.period, self.scope))

    def utilisation(self) -> Utilisation:
        return self._cached(
            "utilisation",
            self._when_and_where,
            lambda: utilisation(self.period, self.scope, now=self.now),
        )

    def no_shows(self) -> list[Missed]:
        return self._cached("no-shows", self._when_and_where, lambda: appointments.no_shows(self.period, self.scope))

    def cancellations(self) -> Cancellations:
        return self._cached(
            "cancellations", self._when_and_where, lambda: appointments.cancellations(self.period, self.scope)
        )

    def third_next(self) -> list[ThirdNextAvailable]:
        return self._cached("third-next", self._where, lambda: capacity.third_next(self.scope, now=self.now))

    def waiting(self) -> list[Queue]:
        return self._cached("waiting", self._where, lambda: queues.waiting(self.scope, now=self.now))

    def messages(self) -> Messages:
        return self._cached("messages", self._when, lambda: queues.messages(self.period))

    def revenue(self) -> PeriodRevenue:
        return self._cached("revenue", self._money, lambda: revenue(self.period, self.scope))

    def receivables(self) -> Receivables:
        return self._cached("receivables", self._money, lambda: receivables(self.period, self.scope, now=self.now))

    def renew_all(self) -> None:
        """Compute every figure anew."""
        for figure in (
            *(self.glance, self.by_day, self.utilisation, self.no_shows, self.cancellations),
            *(self.third_next, self.waiting, self.messages, self.revenue, self.receivables),
        ):
            figure()

    @property
    def _where(self) -> str:
        return f"{self.today}:{self.scope.department or 'all'}"

    @property
    def _when(self) -> str:
        return f"{self.today}:{self.period.first}:{self.period.last}"

    @property
    def _when_and_where(self) -> str:
        return f"{self._when}:{self.scope.department or 'all'}"

    @property
    def _money(self) -> str:
        return f"{self._when_and_where}:{settings.CURRENCY}"

    def _cached(self, name: str, facts: str, compute: Callable[[], T]) -> T:
        if name not in self._found:
            found = cached(f"{name}:{facts}", compute, now=self.now, renew=self.renew)
            self.oldest = min(self.oldest, found.at)
            self._found[name] = found.value
        result: T = self._found[name]
        return result
