"""Values of a figure's table, and how a page and a file say them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import dateformat

from core.formats import from_to, long_date, money, short_date
from core.money import from_cents
from dashboards.figures.periods import Period

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Table:
    """`header` names the columns, `file_header` those of a file where it must say more; in `rows` the first cell says
    what the row is of. Values, not words: see `words`."""

    header: Sequence[str]
    rows: Sequence[Sequence[Any]]
    file_header: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """0 to 1, or None where there was nothing to divide by: "62%" on a page, 0.62 in a file."""

    value: float | None

    def on_page(self) -> str:
        return percent(self.value)

    def in_file(self) -> float | None:
        return None if self.value is None else round(self.value, 4)


@dataclass(frozen=True, slots=True)
class Amount:
    """Smallest units of a currency: "£1,250.00" on a page, 1250.00 in a file."""

    cents: int
    currency: str

    def on_page(self) -> str:
        return money(self.cents, self.currency)

    def in_file(self) -> Decimal:
        return from_cents(self.cents, self.currency)


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month, by any of its days: "November 2026" on a page, 2026-11 in a file."""

    day: date

    def on_page(self) -> str:
        return dateformat.format(self.day, "F Y")

    def in_file(self) -> str:
        return f"{self.day:%Y-%m}"


def words(value: Any) -> str:
    """A value as a page says it."""
    if value is None:
        return NOTHING
    if isinstance(value, Share | Amount | Month):
        return value.on_page()
    if isinstance(value, Period):
        first, last = short_date(value.first), short_date(value.last)
        return first if value.length == 1 else from_to(first, last)
    if isinstance(value, date | datetime):
        return long_date(value)
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def plain(value: Any) -> Any:
    """A value as a file says it: numbers as numbers, nothing as nothing."""
    if isinstance(value, Share | Amount | Month):
        return value.in_file()
    return round(value, 2) if isinstance(value, float) else value


def percent(share: float | None) -> str:
    """ "62%", with one decimal place below ten per cent, so that few are not called none."""
    if share is None:
        return NOTHING
    digits = 1 if 0 < share < 0.1 else 0  # noqa: PLR2004
    return f"{share * 100:.{digits}f}%"
