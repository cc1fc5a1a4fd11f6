"""Amounts are integer cents: the currency's smallest unit."""

from __future__ import annotations

from decimal import Decimal

WITHOUT_CENTS = frozenset({"JPY", "KRW", "VND", "CLP", "ISK"})


def places(currency: str) -> int:
    """Digits after the point in an amount of `currency` (ISO 4217 code)."""
    return 0 if currency in WITHOUT_CENTS else 2


def to_cents(amount: Decimal, currency: str) -> int:
    """Whole smallest units of an amount as people write it."""
    return int(amount.scaleb(places(currency)).to_integral_value())


def from_cents(cents: int, currency: str) -> Decimal:
    """The amount as people write it."""
    return Decimal(cents).scaleb(-places(currency))
