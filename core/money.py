"""Amounts are integers of the currency's smallest unit, called cents whatever it is: pence, yen, fils."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

# Digits after the point, by ISO 4217: two unless it is one of these.
# https://www.six-group.com/en/products-services/financial-information/data-standards.html
_OTHER_PLACES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
_PLACES = {code: digits for digits, codes in _OTHER_PLACES.items() for code in codes.split()}


def places(currency: str) -> int:
    """Digits after the point in an amount of `currency` (ISO 4217 code)."""
    return _PLACES.get(currency, 2)


def to_cents(amount: Decimal, currency: str) -> int:
    """Whole smallest units of an amount as people write it; half a unit counts as a whole one, as at every till."""
    return int(amount.scaleb(places(currency)).to_integral_value(ROUND_HALF_UP))


def from_cents(cents: int, currency: str) -> Decimal:
    """The amount as people write it."""
    return Decimal(cents).scaleb(-places(currency))
