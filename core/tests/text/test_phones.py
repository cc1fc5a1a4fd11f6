"""Telephone numbers, in every way people write them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from hypothesis import given
from hypothesis import strategies as st

from core.text.phones import kept_or_typed, kept_phone, phone_href, phone_words, sought_digits
from hms_project import env

KEPT = "+442079460100"
WAYS = [
    "020 7946 0100",
    "(020) 7946 0100",
    "(020)7946-0100",
    "020.7946.0100",
    "020/7946 0100",
    "02079460100",
    "+44 20 7946 0100",
    "+44 (0)20 7946 0100",
    "0044 20 7946 0100",
    "\u202a+44 20 7946 0100\u202c",
    "\u2066020 7946 0100\u2069",
    "020\u00a07946\u202f0100",
    "020\u20117946\u20130100",
    "\uff10\uff12\uff10 7946 0100",
    "\u0660\u0662\u0660 \u0667\u0669\u0664\u0666 \u0660\u0661\u0660\u0660",
    "tel:020-7946-0100",
]
EXTENDED = [
    "020 7946 0100 ext 12",
    "020 7946 0100 ext. 12",
    "020 7946 0100 x12",
    "02079460100 extension 12",
    "020 7946 0100 #12",
]


@pytest.mark.parametrize("typed", WAYS)
def test_every_way_of_writing_a_number_is_one_number(typed: str) -> None:
    assert kept_phone(typed) == KEPT
    assert kept_phone(KEPT) == KEPT
    assert phone_words(KEPT) == "020 7946 0100"


@pytest.mark.parametrize("typed", EXTENDED)
def test_an_extension_is_kept_shown_and_dialled(typed: str) -> None:
    assert kept_phone(typed) == f"{KEPT};ext=12"
    assert phone_words(kept_phone(typed)) == "020 7946 0100 ext 12"
    assert phone_href(kept_phone(typed)) == f"tel:{KEPT};ext=12"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("call me", "Enter a phone number, like 020 7946 0100."),
        ("---", "Enter a phone number, like 020 7946 0100."),
        ("7946 0100", "This number is too short. Enter it with its area code, like 020 7946 0100."),
        ("020 794", "This number is too short. Enter it with its area code, like 020 7946 0100."),
        ("020 7946 0100 / 020 7946 0101", "This number is too long."),
        ("+999 12345678", "No country has this code."),
    ],
)
def test_a_refusal_says_what_is_missing(typed: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        kept_phone(typed)
    assert refused.value.messages[0].startswith(sentence)
    assert kept_or_typed(typed) == typed


def test_numbers_are_of_the_hospitals_region(settings: Any) -> None:
    assert phone_words("+34910000000") == "+34 910 00 00 00"
    settings.PHONE_REGION = "ES"
    assert kept_phone("910 000 000") == "+34910000000"
    assert phone_words("+34910000000") == "910 00 00 00"
    assert phone_words(KEPT) == "+44 20 7946 0100"


def test_the_region_must_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHONE_REGION", "Narnia")
    with pytest.raises(ImproperlyConfigured, match="PHONE_REGION"):
        env.phone_region("PHONE_REGION", "GB")


@pytest.mark.parametrize("kept", [KEPT, f"{KEPT};ext=12", "(020) 7946-0100 mum"])
@pytest.mark.parametrize("typed", [*WAYS[:-1], *EXTENDED, "020 7946", "7946 0100", "0100", "+44 20 79", "+44 (0)20 79"])
def test_a_kept_number_is_found_by_every_way_of_writing_it_and_by_parts(kept: str, typed: str) -> None:
    digits = "".join(sign for sign in kept if sign.isdigit())
    if kept[0] == "+" or "+44" not in typed or len(typed) > 15:
        assert any(sought in digits for sought in sought_digits(typed)), sought_digits(typed)


@given(st.text())
def test_whatever_is_typed_is_a_number_or_refused_and_stays_what_it_is(typed: str) -> None:
    kept = kept_or_typed(typed)
    sought_digits(typed)
    phone_href(kept)
    assert kept_or_typed(phone_words(kept)) == kept or not kept.startswith("+")
