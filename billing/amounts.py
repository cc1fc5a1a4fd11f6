"""The arithmetic of an invoice, in whole smallest units of its currency ("cents", whatever it is).

Nothing is rounded twice. A line is rounded once, half up; an invoice's discount is spread over its lines without a
cent lost; tax is reckoned once for each category and rate, of all that is taxed alike, as EN 16931 asks
(BR-CO-17: https://docs.peppol.eu/poacc/billing/3.0/rules/ubl-tc434/BR-CO-17/).
Pure: no clock, no database. Amounts are exact fractions until they are rounded, never floats.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from billing.choices import TaxCategory
from billing.errors import DiscountTooLarge, RateNotAllowed


@dataclass(frozen=True)
class LineAmount:
    """What the amount of a line is made of; `rate` is in percent."""

    quantity: Decimal
    unit_cents: int
    discount_cents: int
    category: str
    rate: Decimal


@dataclass(frozen=True)
class TaxAmount:
    """What is taxed alike, and its tax; `rate` is in percent."""

    category: str
    rate: Decimal
    taxable_cents: int
    tax_cents: int


@dataclass(frozen=True)
class Totals:
    """`nets` and `shares` are by line: its amount, and its part of the invoice's discount."""

    nets: list[int]
    shares: list[int]
    taxes: list[TaxAmount]
    net_cents: int
    tax_cents: int
    total_cents: int


def line_net(line: LineAmount) -> int:
    """Quantity times price less the line's discount, in whole cents. Raises DiscountTooLarge."""
    net = _half_up(Fraction(line.quantity) * line.unit_cents) - line.discount_cents
    if net < 0:
        raise DiscountTooLarge
    return net


def shares(amount: int, weights: Sequence[int]) -> list[int]:
    """`amount` spread over `weights`, none of them below zero, by largest remainder; the earlier wins a tie.

    The shares are exactly `amount` together, and none is more than its weight unless `amount` is more than all.
    """
    whole = sum(weights)
    if not whole:
        if amount:
            raise ValueError("nothing to spread it over")
        return [0] * len(weights)
    result = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: -(amount * weights[place] % whole))
    for place in by_remainder[: amount - sum(result)]:
        result[place] += 1
    return result


def totals_of(lines: Sequence[LineAmount], discount_cents: int) -> Totals:
    """All amounts of an invoice; its taxes by category, then rate. Raises DiscountTooLarge, RateNotAllowed."""
    nets = [line_net(line) for line in lines]
    if discount_cents > sum(nets):
        raise DiscountTooLarge
    spread = shares(discount_cents, nets)
    taxes = _taxes(lines, [net - share for net, share in zip(nets, spread, strict=True)])
    net, tax = sum(nets) - discount_cents, sum(tax.tax_cents for tax in taxes)
    return Totals(nets=nets, shares=spread, taxes=taxes, net_cents=net, tax_cents=tax, total_cents=net + tax)


def credited_tax(group_taxable: int, group_tax: int, credited_before: int, credited_now: int) -> int:
    """The tax in a credit of `credited_now` (without tax), after credits of `credited_before`, of what is taxed alike.

    It is reckoned from the invoice's own tax and from all that is credited so far, so that credits in however many
    parts give back exactly that tax: never less, never a cent more.
    """
    if not 0 <= credited_before <= credited_before + credited_now <= group_taxable:
        raise ValueError("more is credited than was charged")
    if not group_taxable:
        return 0
    before, after = (
        _half_up(Fraction(group_tax * credited, group_taxable))
        for credited in (credited_before, credited_before + credited_now)
    )
    return after - before


def percent_of(cents: int, percent: int | Decimal) -> int:
    """So many percent of an amount, half up."""
    return _half_up(Fraction(percent) * cents * Fraction(1, 100))


def _taxes(lines: Sequence[LineAmount], taxables: Sequence[int]) -> list[TaxAmount]:
    groups: dict[tuple[str, Decimal], int] = defaultdict(int)
    for line, taxable in zip(lines, taxables, strict=True):
        if line.rate < 0 or (line.rate and line.category != TaxCategory.STANDARD):
            raise RateNotAllowed
        groups[str(line.category), line.rate] += taxable
    return [
        TaxAmount(category=category, rate=rate, taxable_cents=taxable, tax_cents=percent_of(taxable, rate))
        for (category, rate), taxable in sorted(groups.items())
    ]


def _half_up(amount: Fraction) -> int:
    """The nearest whole number; a half goes away from zero."""
    whole = math.floor(abs(amount) + Fraction(1, 2))
    return whole if amount >= 0 else -whole
