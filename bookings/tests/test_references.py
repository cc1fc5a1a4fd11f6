"""References people can read out (C8)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.references import ALPHABET, PATTERN, ReferenceConverter, new_reference, read_reference

references = st.text(alphabet=ALPHABET, min_size=8, max_size=8).map(lambda drawn: f"{drawn[:4]}-{drawn[4:]}")


def test_a_new_reference_has_the_promised_form() -> None:
    assert all(re.fullmatch(PATTERN, new_reference()) for _ in range(200))


def test_references_do_not_repeat() -> None:
    assert len({new_reference() for _ in range(2_000)}) == 2_000


def test_no_letter_can_be_mistaken_for_another() -> None:
    assert not set("AEIOU01L") & set(ALPHABET)


@given(references)
def test_small_letters_spaces_and_a_missing_hyphen_are_forgiven(reference: str) -> None:
    typed = [reference.lower(), reference.replace("-", ""), reference.replace("-", " "), f" {reference} "]
    assert {read_reference(item) for item in typed} == {reference}


@given(st.text(max_size=12))
def test_whatever_is_typed_the_answer_is_a_reference_or_none(typed: str) -> None:
    read = read_reference(typed)
    assert read is None or re.fullmatch(PATTERN, read)


@given(references)
def test_an_address_and_its_reference_lead_to_each_other(reference: str) -> None:
    converter = ReferenceConverter()
    assert re.fullmatch(converter.regex, converter.to_url(reference))
    assert converter.to_python(converter.to_url(reference).lower()) == reference


@pytest.mark.parametrize("typed", ["AAAA-AAAA", "0000-0000", "BCDF", ""])
def test_what_is_no_reference_is_no_address(typed: str) -> None:
    with pytest.raises(ValueError):
        ReferenceConverter().to_python(typed)
