"""Translations of one language in one dictionary.

Django keeps a catalogue for each app, and behind them those of the language without its country: whoever asks for a
sentence that stands as it is, as all of ours do in English, walks through fourteen of them, a hundred times a page.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import trans_real


def join_catalogues(language: str) -> None:
    """Says the same as before, found at once. Leaves alone what counts in several ways (plurals)."""
    found: Any = trans_real.translation(language)
    layers, behind = list(found._catalog._catalogs), found._fallback  # noqa: SLF001
    plurals = list(found._catalog._plurals)  # noqa: SLF001
    while behind is not None:
        layers.append(behind._catalog)  # noqa: SLF001
        plurals.append(behind.plural)
        behind = behind._fallback  # noqa: SLF001
    if any(plural(number) != plurals[0](number) for plural in plurals for number in range(200)):
        return
    joined: dict[Any, str] = {}
    for layer in reversed(layers):  # the first that knows a sentence is right
        joined.update(layer)
    found._catalog._catalogs, found._catalog._plurals = [joined], plurals[:1]  # noqa: SLF001
    found._fallback = None  # noqa: SLF001
