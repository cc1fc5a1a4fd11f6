"""The pages and the e-mail function agree on what an e-mail address is."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from core.text.addresses import normal_address
from email_service.fields import ContractError, email

TABLE = {
    "ada@example.org": "ada@example.org",
    "Ada@Example.ORG": "ada@example.org",
    " ada@example.org\u00a0": "ada@example.org",
    "\u200eada@example.org\u202c": "ada@example.org",
    "o'brien+test@example.co.uk": "o'brien+test@example.co.uk",
    "ada@m\u00fcller.example": "ada@xn--mller-kva.example",
    "ada@mu\u0308ller.example": "ada@xn--mller-kva.example",
    "ada@XN--MLLER-KVA.example": "ada@xn--mller-kva.example",
    "ada@stra\u00dfe.example": "ada@xn--strae-oqa.example",
    "ada@\u0434\u043e\u043c.example": "ada@xn--d1aqf.example",
    "a" * 64 + "@example.org": "a" * 64 + "@example.org",
    "a" * 65 + "@example.org": None,
    "ada": None,
    "ada@": None,
    "@example.org": None,
    "a@b@example.org": None,
    "a b@example.org": None,
    ".a@example.org": None,
    "a..b@example.org": None,
    "a.@example.org": None,
    '"a b"@example.org': None,
    "ada@localhost": None,
    "ada@example": None,
    "ada@example.org.": None,
    "ada@-example.org": None,
    "ada@example-.org": None,
    "ada@ex_ample.org": None,
    "ada@example..org": None,
    "ada@192.0.2.1": None,
    "ada@[192.0.2.1]": None,
    "ada@xn--zzzz99999.org": None,
    "ada@" + "a" * 64 + ".org": None,
    "ada@" + "a." * 125 + "org": None,
    "ada@exam\u2603ple.org": None,
    "ada@example.org\r\nBcc: eve@example.org": None,
}
ascii_signs = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=70)
names = st.text("abcXYZ019.-_\u00fc\u00df\u0301\u3002\u0434", max_size=70)


def of_pages(typed: str) -> str | None:
    try:
        return normal_address(typed)
    except ValidationError:
        return None


def of_function(typed: str) -> str | None:
    try:
        return str(email(typed, "to"))
    except ContractError:
        return None


@pytest.mark.parametrize(("typed", "kept"), TABLE.items())
def test_an_address_has_one_form(typed: str, kept: str | None) -> None:
    assert of_pages(typed) == kept
    assert of_function(kept or typed.strip().lower()) == kept


@given(ascii_signs, names)
def test_both_take_and_refuse_the_same(local: str, domain: str) -> None:
    typed = f"{local}@{domain}".lower()
    kept = of_pages(typed)

    assert kept == of_function(typed)
    if kept is not None:
        assert of_pages(kept) == of_function(kept) == kept


@given(st.text())
def test_whatever_the_pages_take_the_function_sends_unchanged(typed: str) -> None:
    kept = of_pages(typed)
    if kept is not None:
        assert of_function(kept) == kept


def test_letters_of_other_scripts_before_the_at_are_refused_in_words() -> None:
    with pytest.raises(ValidationError, match="letters without accents"):
        normal_address("mar\u00eda@example.org")
