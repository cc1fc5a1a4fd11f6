"""What the page of the figures is made of: blocks, each a finding, a drawing and a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dashboards.figures.cells import words
from dashboards.figures.charts import Chart


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A table in words. `header` and each row are cells; the first of a row is its heading."""

    caption: str
    header: list[Cell]
    rows: list[list[Cell]]


@dataclass(frozen=True, slots=True)
class Block:
    """One figure: what was found, in a sentence, then drawn, then as a table (folded away when it is long)."""

    name: str
    heading: str
    finding: str
    charts: list[Chart] = field(default_factory=list)
    legend: list[tuple[str, str]] = field(default_factory=list)
    table: Shown | None = None
    is_folded: bool = False
    is_half: bool = False
    note: str = ""
    csv_url: str = ""
    more_url: str = ""
    more: str = ""


def shown(caption: str, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Shown:
    """Values as words; a column is one of numbers when it is not the first and its values are none of text."""
    texts = {n for row in rows for n, value in enumerate(row) if isinstance(value, str)} | {0}
    numbers = [n not in texts for n in range(len(header))]
    return Shown(
        caption,
        [Cell(name, is_number) for name, is_number in zip(header, numbers, strict=True)],
        [[Cell(words(value), is_number) for value, is_number in zip(row, numbers, strict=True)] for row in rows],
    )
