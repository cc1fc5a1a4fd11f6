"""Money as people type it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from core.fields.money import MoneyField


@pytest.mark.parametrize(
    ("typed", "currency", "cents"),
    [
        ("80", "GBP", 8_000),
        ("80.5", "GBP", 8_050),
        (" 1,250.50 ", "GBP", 125_050),
        ("1 250.50", "GBP", 125_050),
        (".5", "GBP", 50),
        ("80.", "GBP", 8_000),
        ("0", "GBP", 0),
        ("1,250", "JPY", 1_250),
        ("1250", "JPY", 1_250),
        ("1,250.505", "KWD", 1_250_505),
        ("10,000,000", "GBP", 1_000_000_000),
    ],
)
def test_an_amount_is_read_as_it_is_written(typed: str, currency: str, cents: int) -> None:
    assert MoneyField(currency=currency).clean(typed) == cents


@pytest.mark.parametrize(
    ("typed", "currency", "said"),
    [
        ("80,00", "GBP", "Write the amount with a point instead of a comma, like 80.00."),
        ("1.250,50", "GBP", "Write the amount with a point instead of a comma, like 80.00."),
        ("2,5", "KWD", "Write the amount with a point instead of a comma, like 8.000."),
        ("80,00", "JPY", "Enter an amount, like 8000."),
        ("80,-", "GBP", "Enter an amount, like 80.00."),
        ("-1", "GBP", "Enter an amount, like 80.00."),
        ("£80", "GBP", "Enter an amount, like 80.00."),
        ("1e3", "GBP", "Enter an amount, like 80.00."),
        ("NaN", "KWD", "Enter an amount, like 8.000."),
        ("٨٠", "GBP", "Enter an amount, like 80.00."),
        ("", "JPY", "Enter an amount, like 8000."),
        ("1.5", "JPY", "Enter an amount with at most 0 digits after the point."),
        ("1.0005", "KWD", "Enter an amount with at most 3 digits after the point."),
        ("10000000.01", "GBP", "Enter an amount of at most 10,000,000."),
        ("9" * 60, "GBP", "Enter an amount of at most 10,000,000."),
    ],
)
def test_what_is_no_amount_is_said_so(typed: str, currency: str, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        MoneyField(currency=currency).clean(typed)
    assert said in caught.value.messages


@pytest.mark.parametrize(("currency", "shown"), [("GBP", "12.50"), ("JPY", "1250"), ("KWD", "1.250")])
def test_a_kept_amount_is_shown_as_it_would_be_typed(currency: str, shown: str) -> None:
    assert MoneyField(currency=currency).prepare_value(1_250) == Decimal(shown)
    assert MoneyField(currency=currency).prepare_value("12,5") == "12,5"


def test_nothing_is_nothing_where_nothing_need_be_said() -> None:
    assert MoneyField(required=False).clean("") is None
