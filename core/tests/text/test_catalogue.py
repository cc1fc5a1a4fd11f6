"""One dictionary says what Django's many said."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings
from django.utils.translation import override, trans_real

from core.text.catalogue import join_catalogues


def fresh(language: str) -> Any:
    """As Django reads it, joined by nobody."""
    return trans_real.DjangoTranslation(language)


@pytest.fixture
def languages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """German counts and speaks in a way of its own; both are read anew."""
    names = ["en-gb", "de"]
    monkeypatch.setattr(trans_real, "_translations", {name: fresh(name) for name in names})
    return names


def test_every_sentence_is_said_as_before(languages: list[str]) -> None:
    assert len(languages) == 2
    for name in languages:
        before, asked = fresh(name), 0
        join_catalogues(name)
        joined = trans_real.translation(name)
        for catalogue in before._catalog._catalogs:
            for key in list(catalogue):
                sentence, number = key if isinstance(key, tuple) else (key, None)
                asked += 1
                if number is None:
                    assert joined.gettext(sentence) == before.gettext(sentence)
                else:
                    for count in (0, 1, 2, 5):
                        said = joined.ngettext(sentence, "many", count)
                        assert said == before.ngettext(sentence, "many", count)
        assert asked > 100


def test_what_nobody_translates_stays_and_is_found_at_once(languages: list[str]) -> None:
    join_catalogues("en-gb")
    joined = trans_real.translation("en-gb")

    assert joined.gettext("No such sentence") == "No such sentence"
    assert [joined.ngettext("one", "many", number) for number in (1, 2)] == ["one", "many"]
    assert len(joined._catalog._catalogs) == 1
    with override("de"):
        assert trans_real.gettext("Yes") == "Ja"


def test_a_test_of_other_languages_leaves_it_so() -> None:
    with override_settings(LANGUAGES=[("en-gb", "English"), ("fr", "Français")]), override("fr"):
        assert trans_real.gettext("Yes") == "Oui"

    found = trans_real.translation("en-gb")
    assert (len(found._catalog._catalogs), found._fallback) == (1, None)
