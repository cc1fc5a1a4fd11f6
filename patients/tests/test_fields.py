"""The date of birth in three boxes."""

from __future__ import annotations

from datetime import date

import pytest
from django import forms

from patients.fields import BirthDateField
from patients.forms import PatientSignUpForm

TODAY = date(2026, 8, 6)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["31", "3", "1980"], date(1980, 3, 31)),
        ([" 01 ", "02", "2000"], date(2000, 2, 1)),
        (["29", "2", "2024"], date(2024, 2, 29)),
    ],
)
def test_a_real_date_is_understood(typed: list[str], expected: date) -> None:
    assert BirthDateField().clean(typed) == expected


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ([None, None, None], "required"),
        (["", " ", ""], "required"),
        (None, "required"),
        (["31", "", "1980"], "incomplete"),
        (["30", "2", "1980"], "invalid"),
        (["0", "1", "1980"], "invalid"),
        (["1", "1", "0000"], "invalid"),
        (["-1", "1", "1980"], "invalid"),
        (["1_0", "1", "1980"], "invalid"),
        (["1\x00", "1", "1980"], "invalid"),
        (["1", "March", "1980"], "invalid"),
        (["9" * 10_000, "1", "1980"], "invalid"),
        (["²", "1", "1980"], "invalid"),
        (["🎂", "1", "1980"], "invalid"),
        (["31", "3", "80"], "year"),
    ],
)
def test_anything_else_gets_its_sentence(typed: list[str] | None, code: str) -> None:
    with pytest.raises(forms.ValidationError) as caught:
        BirthDateField().clean(typed)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("born", "sentence"),
    [
        (("1", "1", "0001"), "The date of birth can’t be more than 130 years ago."),
        (("31", "12", "2999"), "The date of birth must be in the past."),
        (("7", "8", "2026"), "The date of birth must be in the past."),
    ],
)
def test_nobody_is_born_tomorrow_or_in_antiquity(born: tuple[str, str, str], sentence: str) -> None:
    form = PatientSignUpForm({f"date_of_birth_{number}": part for number, part in enumerate(born)}, today=TODAY)
    form.fields = {"date_of_birth": form.fields["date_of_birth"]}
    assert form.errors["date_of_birth"] == [sentence]


def test_every_box_has_a_label_and_keeps_what_was_typed() -> None:
    form = PatientSignUpForm({"date_of_birth_0": "31", "date_of_birth_1": "<2>", "date_of_birth_2": ""}, today=TODAY)
    drawn = str(form["date_of_birth"])
    for number, label in enumerate(("Day", "Month", "Year")):
        assert f'for="id_date_of_birth_{number}">{label}</label>' in drawn
    assert 'value="31"' in drawn
    assert 'value="&lt;2&gt;"' in drawn
    assert form["date_of_birth"].id_for_label == "id_date_of_birth_0"
