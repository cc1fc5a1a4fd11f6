"""Reads back what typst writes, and that alone: what is printed by which font, and how it is tagged.

Text is read as its glyphs stand on the page: in the order of their letters for Latin, and not so for scripts that
reorder or join them.
"""

from __future__ import annotations

import re
import zlib
from functools import cached_property

_OBJECT = re.compile(rb"^(\d+) 0 obj\n(.*?)\nendobj$", re.DOTALL | re.MULTILINE)
_STREAM = re.compile(rb"stream\n(.*)\nendstream", re.DOTALL)
_MAPPING = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>")
_FONT = re.compile(rb"/BaseFont/[A-Z]{6}\+([\w-]+)/Encoding.*/ToUnicode (\d+) 0 R", re.DOTALL)
# In a page: something is placed, a font is chosen, or glyphs are shown, two bytes each in a string with escapes.
_SHOWN = re.compile(rb" ([\d.]+) [\d.]+ cm|/(f\d+) [\d.]+ Tf|\(((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*)\)", re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_LETTER_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


class PdfReader:
    def __init__(self, pdf: bytes) -> None:
        self.objects = {int(number): body for number, body in _OBJECT.findall(pdf)}

    @cached_property
    def runs(self) -> list[list[tuple[float, str]]]:
        """By page what is printed, piece by piece: how far from the left edge it begins, in points, and its letters."""
        return [self._runs(body) for body in self.objects.values() if body.startswith(b"<</Type/Page/")]

    @property
    def pages(self) -> list[str]:
        """What stands on each page, each piece on a line of its own."""
        return ["\n".join(text for _, text in page) for page in self.runs]

    @property
    def text(self) -> str:
        return "\n".join(self.pages)

    def left_of(self, words: str, *, after: str = "") -> float:
        """Where the first piece with these words begins, of those after the first with `after`."""
        pieces = [piece for page in self.runs for piece in page]
        first = next(number for number, (_, text) in enumerate(pieces) if after in text)
        return next(left for left, text in pieces[first:] if words in text)

    @cached_property
    def letters(self) -> dict[str, set[str]]:
        """By font, such as NotoSans-Bold, what its glyphs here are: letters, or several shaped together."""
        found: dict[str, set[str]] = {}
        for body in self.objects.values():
            if font := _FONT.search(body):
                letters = found.setdefault(font[1].decode(), set())
                letters.update(self._mapping(int(font[2])).values())
        return found

    @property
    def tags(self) -> list[str]:
        """The kinds of all parts of the document's structure."""
        parts = (re.search(rb"/S/(\w+)", body) for body in self.objects.values() if b"/Type/StructElem" in body)
        return [part[1].decode() for part in parts if part]

    @property
    def languages(self) -> set[str]:
        return {found.decode() for body in self.objects.values() for found in re.findall(rb"/Lang\(([\w-]+)\)", body)}

    @property
    def metadata(self) -> str:
        return next(self._stream(number).decode() for number, body in self.objects.items() if b"/Metadata" in body[:60])

    def _runs(self, page: bytes) -> list[tuple[float, str]]:
        fonts = {}
        for name, number in re.findall(rb"/(f\d+) (\d+) 0 R", self.objects[_reference(rb"/Resources", page)]):
            fonts[name] = self._mapping(_reference(rb"/ToUnicode", self.objects[int(number)]))
        runs: list[tuple[float, str]] = []
        now: dict[bytes, str] = {}
        for left, name, glyphs in _SHOWN.findall(self._stream(_reference(rb"/Contents", page))):
            if left:
                runs.append((float(left), ""))
            elif name:
                now = fonts[name]
            else:
                codes = _unescaped(glyphs)
                letters = "".join(now[codes[at : at + 2]] for at in range(0, len(codes), 2))
                runs[-1] = (runs[-1][0], runs[-1][1] + letters)
        return [(left, text) for left, text in runs if text]

    def _mapping(self, number: int) -> dict[bytes, str]:
        pairs = _MAPPING.findall(self._stream(number).partition(b"endcodespacerange")[2])
        return {
            bytes.fromhex(code.decode()): bytes.fromhex(letters.decode()).decode("utf-16-be") for code, letters in pairs
        }

    def _stream(self, number: int) -> bytes:
        body = self.objects[number]
        stream = _STREAM.search(body)
        assert stream
        return zlib.decompress(stream[1]) if b"/FlateDecode" in body[: stream.start()] else stream[1]


def _reference(name: bytes, body: bytes) -> int:
    found = re.search(name + rb" (\d+) 0 R", body)
    assert found
    return int(found[1])


def _unescaped(string: bytes) -> bytes:
    def meant(found: re.Match[bytes]) -> bytes:
        sign = found[1]
        return bytes([int(sign, 8)]) if sign.isdigit() else _LETTER_ESCAPES.get(sign, sign)

    return _ESCAPE.sub(meant, string)
