"""One folding of what people write, for every search and comparison."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from core.text.folding import holds_word, same_letters, search_key, search_words
from core.text.names import doctor_name, has_name, name_key, split_title

APOSTROPHES = "'\u2019\u2018\u02bc\u02bb\u00b4`\u2032\uff07\u201b\u05f3"
HYPHENS = "-\u2010\u2011\u2012\u2013\u2014\u2212\uff0d\u00ad\ufe63"
BLANKS = " \u00a0\u2009\u202f\u3000\t"
UNSEEN = "\u200b\u200e\u200f\u202a\u202c\u2066\u2069\ufeff"


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Álvarez", "alvarez"),
        ("Straße", "strasse"),
        ("Jørgensen", "jorgensen"),
        ("Łukasz Đorđević", "lukasz dordevic"),
        ("Æsir Œuvre Þór Guðrún", "aesir oeuvre thor gudrun"),
        ("Yıldız İpek", "yildiz ipek"),
        ("O’Brien", "obrien"),
        ("Smith‑Jones", "smith jones"),
        ("Smith\u00a0 Jones", "smith jones"),
        ("\u202aAna\u202c", "ana"),
        ("Smith, J.", "smith j"),
        ("Ａｎａ", "ana"),
        ("Ёлкин Алёна", "елкин алена"),
        ("%_*", ""),
    ],
)
def test_letters_marks_and_signs_are_folded(written: str, folded: str) -> None:
    assert search_key(written) == folded


@given(st.text())
def test_folding_twice_is_folding_once(written: str) -> None:
    assert search_key(search_key(written)) == search_key(written)


@given(st.text())
def test_a_text_is_found_by_each_of_its_own_words(written: str) -> None:
    if search_key(written):
        assert all(holds_word(search_key(written), word) for word in search_words(written))


letters = st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=8)


@given(letters, letters, st.sampled_from(APOSTROPHES), st.sampled_from(HYPHENS), st.sampled_from(BLANKS))
def test_every_way_of_joining_two_parts_finds_every_other(
    first: str, second: str, apostrophe: str, hyphen: str, blank: str
) -> None:
    ways = [f"{first}{join}{second}" for join in ("", "'", "-", " ", apostrophe, hyphen, blank)]
    for stored in ways:
        assert same_letters(search_key(stored)) == first + second
        for typed in ways:
            assert all(holds_word(search_key(stored), word) for word in search_words(typed)), (stored, typed)


@given(letters, st.sampled_from(UNSEEN), st.integers(0, 8))
def test_what_cant_be_seen_changes_nothing(word: str, sign: str, place: int) -> None:
    assert search_key(word[:place] + sign + word[place:]) == word


def test_a_word_may_run_over_blanks_only_from_the_beginning_of_a_word() -> None:
    assert holds_word("sean o brien", "obrien")
    assert holds_word("susan adams", "usa")
    assert not holds_word("susan adams", "ana")


@pytest.mark.parametrize(
    "title",
    ["Dr", "Dr.", "dr", "DR.", "Doctor", "Dra.", "Prof.", "Professor", "Mr", "Mrs", "Ms", "Miss", "Mx.", "Dott."],
)
def test_a_title_is_no_part_of_the_name(title: str) -> None:
    assert name_key(f"{title} Sarah Smith") == "sarah smith"
    assert search_words(f"{title} Smith") == ["smith"]
    assert search_words(f"Smith, {title}") == ["smith"]
    with pytest.raises(ValidationError):
        has_name(f"{title} {title}")


@pytest.mark.parametrize(
    ("written", "title", "name"),
    [
        ("Ana Ruiz", "", "Ana Ruiz"),
        ("Dr. Ana Ruiz", "Dr", "Ana Ruiz"),
        ("Dr Dr. Ana Ruiz", "Dr", "Ana Ruiz"),
        ("Prof. Dr. med. Ana Ruiz", "Prof Dr med.", "Ana Ruiz"),
        ("Dr.Ana Ruiz", "Dr", "Ana Ruiz"),
        ("Dott.ssa Ana Ruiz", "Dott.ssa", "Ana Ruiz"),
        ("J.R. Smith", "", "J.R. Smith"),
        ("Miss", "", "Miss"),
        ("Med Ali", "", "Med Ali"),
        ("Don Miller", "", "Don Miller"),
        ("", "", ""),
    ],
)
def test_titles_are_told_from_names(written: str, title: str, name: str) -> None:
    assert split_title(written) == (title, name)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Ana Ruiz", "Dr Ana Ruiz"),
        ("Dr. Ana Ruiz", "Dr Ana Ruiz"),
        ("Doctor Ana Ruiz", "Dr Ana Ruiz"),
        ("dr ana ruiz", "Dr ana ruiz"),
        ("Prof. Ana Ruiz", "Prof Ana Ruiz"),
        ("Prof. Dr. Ana Ruiz", "Prof Dr Ana Ruiz"),
        ("Dra. Ana Ruiz", "Dra Ana Ruiz"),
        ("Miss Ana Ruiz", "Miss Ana Ruiz"),
        ("Ruiz, Dr. Ana", "Ruiz, Dr. Ana"),
        ("Priya Doctor", "Dr Priya Doctor"),
    ],
)
def test_a_doctor_is_shown_with_one_title(written: str, shown: str) -> None:
    assert doctor_name(written) == shown
