"""A month in an address, `<month:month>`: "2026-11"."""

from __future__ import annotations

from datetime import date


class MonthConverter:
    """Its first day; what is no month is no page."""

    regex = r"[0-9]{4}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        year, month = value.split("-")
        return date(int(year), int(month), 1)  # ValueError: no such page

    def to_url(self, value: date | str) -> str:
        return value if isinstance(value, str) else f"{value:%Y-%m}"
