"""What a document is told, as typst reads it: plain JSON whose every text can be printed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise

from core.pdf.errors import PdfError
from core.pdf.text import direction, language_of_letters, printable


class FactSheet:
    """Collects what goes into one document. Raises PdfError for a fact that is neither text, number, truth nor nothing,
    nor a list or a mapping of these; the error names its type and never what it says."""

    def __init__(self, *, right_to_left: bool) -> None:
        self._usual = "rtl" if right_to_left else "ltr"
        self.replaced = 0  # characters, in all texts together
        self.directions: dict[str, str] = {}  # "ltr", "rtl" or "digits", of lines that don't run as the document does
        self.languages: dict[str, str] = {}  # of lines whose letters say it

    def plain(self, value: Any) -> Any:
        """The value as JSON has it, its texts printable. Texts to be translated are translated here."""
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, str | Promise):
            return self._text(str(value))
        if isinstance(value, float) and math.isfinite(value):
            return value
        if isinstance(value, Mapping):
            return {self._name(name): self.plain(inside) for name, inside in value.items()}
        if isinstance(value, list | tuple):
            return [self.plain(inside) for inside in value]
        raise PdfError(f"A fact can’t be a {type(value).__name__}.")

    def _name(self, name: Any) -> str:
        """What a template asks for: code, and not what somebody typed."""
        if isinstance(name, str) and name.isidentifier():
            return name
        raise PdfError("The name of a fact has to be an identifier.")

    def _text(self, text: str) -> str:
        cleaned = printable(text)
        self.replaced += cleaned.replaced
        if not cleaned.text.isascii() or self._usual == "rtl":
            self._look_at_lines(cleaned.text)
        return cleaned.text

    def _look_at_lines(self, text: str) -> None:
        for line in text.split("\n"):
            way = direction(line) or "digits"
            if way != self._usual and (way, self._usual) != ("digits", "ltr"):
                self.directions[line] = way
            if language := language_of_letters(line):
                self.languages[line] = language
