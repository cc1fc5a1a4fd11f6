"""Amounts in whole smallest units: of every currency, and half a unit up."""

from __future__ import annotations

import ast
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formats import money
from core.money import from_cents, places, to_cents
from doctors.profile.forms import FeeField
from tests.architecture.source import python_files, tree_of

# Written from the standard (ISO 4217, list one), not copied from the code.
DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "GBP EUR USD INR AUD CAD NZD CHF SEK ZAR",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
ALL = {code: digits for digits, codes in DIGITS.items() for code in codes.split()}


@pytest.mark.parametrize(("currency", "digits"), ALL.items())
def test_a_currency_has_its_digits_and_a_fee_is_typed_kept_and_shown_with_them(
    currency: str, digits: int, settings: Any
) -> None:
    settings.CURRENCY = currency
    smallest = Decimal(1).scaleb(-digits)
    assert places(currency) == digits
    field = FeeField()
    assert field.widget.attrs["step"] == str(smallest)
    kept = field.clean(str(120 + smallest))
    assert kept == 120 * 10**digits + 1
    assert field.prepare_value(kept) == 120 + smallest
    assert str(120 + smallest) in money(kept)


@given(cents=st.integers(-(10**9), 10**9), currency=st.sampled_from(sorted(ALL)))
def test_an_amount_comes_back_as_it_was(cents: int, currency: str) -> None:
    assert to_cents(from_cents(cents, currency), currency) == cents


@pytest.mark.parametrize(
    ("amount", "currency", "cents"),
    [
        ("0.005", "GBP", 1),
        ("0.025", "GBP", 3),
        ("2.5", "JPY", 3),
        ("0.0005", "KWD", 1),
        ("-0.005", "GBP", -1),
        ("0.0049", "GBP", 0),
    ],
)
def test_half_a_unit_counts_as_a_whole_one(amount: str, currency: str, cents: int) -> None:
    assert to_cents(Decimal(amount), currency) == cents


def test_nobody_else_takes_every_currency_for_one_of_hundredths() -> None:
    """`… / 100` and `* 100` beside an amount."""
    found = [
        f"{path}:{node.lineno}"
        for path in python_files(tests=False)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mult | ast.Mod)
        and "cents" in ast.unparse(node)
        and "100" in {ast.unparse(node.left), ast.unparse(node.right)}
    ]
    assert found == []
