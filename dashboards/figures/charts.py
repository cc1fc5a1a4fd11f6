"""Charts as geometry: numbers in, rectangles, lines and words out. Pure; `components/chart.html` writes the SVG.

No library: the few there are that draw on a server write style attributes, which our content security policy forbids.
Every series has a pattern or an outline of its own beside its colour, and every chart stands beside a table.
Units are those of the viewBox; CSS makes them as wide as there is room.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

WIDE, NARROW = 1040, 358
COLUMN = 400
_TEXT = 14  # height of a line of text
_GAP = 0.22  # of the place of a bar
_ROW = 40  # a horizontal bar with the words above it
_BAR = 12
_LABEL_WIDTH = 66
_HALF_A_WORD = 22
_WIDEST = 34  # a bar of a group


@dataclass(frozen=True, slots=True)
class Box:
    x: str
    y: str
    width: str
    height: str
    series: str


@dataclass(frozen=True, slots=True)
class Word:
    x: str
    y: str
    text: str
    anchor: str = "start"
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A thin horizontal line of the ground."""

    x1: str
    x2: str
    y: str


@dataclass(frozen=True, slots=True)
class Dot:
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Chart:
    """`name` is unique on the page: title and description are found by it. `size` is the class that shows it."""

    name: str
    title: str
    description: str
    width: int
    height: int
    size: str = ""
    boxes: list[Box] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Stack:
    """One bar: its words on the axis, and the height of each series."""

    label: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Bar:
    """One horizontal bar; `value` None draws none and says only the words."""

    label: str
    value: float | None
    words: str


def number(value: float) -> str:
    """A coordinate: one decimal place, none when it is 0."""
    return f"{value:.1f}".removesuffix(".0")


def ticks(most: float, *, about: int = 4) -> list[int]:
    """Round numbers from 0 to the first that is not below `most`: steps of 1, 2 or 5 times a power of ten."""
    step = 1
    for candidate in (base * 10**power for power in range(10) for base in (1, 2, 5)):
        step = candidate
        if step * about >= most:
            break
    count = max(1, -(-int(most) // step) if most == int(most) else int(most // step) + 1)
    return [step * n for n in range(count + 1)]


def stacked(
    *, name: str, title: str, description: str, stacks: Sequence[Stack], series: Sequence[str], width: int, size: str
) -> Chart:
    """Bars side by side, each the sum of its series, the first at the bottom."""
    height = 300 if width > COLUMN else 240
    top, left, bottom = 12.0, 40.0, height - 28.0
    scale = ticks(max((sum(stack.values) for stack in stacks), default=0))
    unit, place = (bottom - top) / scale[-1], (width - left) / max(len(stacks), 1)
    boxes = []
    for index, stack in enumerate(stacks):
        x, y = left + place * (index + _GAP / 2), bottom
        for value, kind in zip(stack.values, series, strict=True):
            if value:
                y -= value * unit
                boxes.append(Box(number(x), number(y), number(place * (1 - _GAP)), number(value * unit), kind))
    middles = [left + place * (index + 0.5) for index in range(len(stacks))]
    return Chart(
        *(name, title, description, width, height, size),
        boxes=boxes,
        words=[*_scale_words(scale, bottom, unit), *_day_words([s.label for s in stacks], middles, height, width)],
        rules=[Rule(number(left), number(width), number(bottom - tick * unit)) for tick in scale],
    )


def grouped(
    *,
    name: str,
    title: str,
    description: str,
    stacks: Sequence[Stack],
    series: Sequence[str],
    width: int,
    size: str,
    in_words: Callable[[int], str],
) -> Chart:
    """The bars of each stack side by side; below zero they hang. `in_words` says a number of the scale."""
    height = 300 if width > COLUMN else 240
    top, left, bottom = 12.0, 46.0, height - 28.0
    values = [value for stack in stacks for value in stack.values]
    scale = _signed_ticks(min(values, default=0), max(values, default=0))
    unit, place = (bottom - top) / (scale[-1] - scale[0]), (width - left) / max(len(stacks), 1)
    ground, wide = bottom + scale[0] * unit, min(place * (1 - _GAP) / len(series), _WIDEST)
    middles = [left + place * (index + 0.5) for index in range(len(stacks))]
    boxes = [
        Box(
            number(middle + wide * (index - len(series) / 2) + 1),
            number(ground - max(value, 0) * unit),
            number(wide - 2),
            number(abs(value) * unit),
            kind,
        )
        for middle, stack in zip(middles, stacks, strict=True)
        for index, (value, kind) in enumerate(zip(stack.values, series, strict=True))
        if value
    ]
    return Chart(
        *(name, title, description, width, height, size),
        boxes=boxes,
        words=[
            *(Word("40", number(ground - tick * unit + 4), in_words(tick), "end") for tick in scale),
            *_day_words([stack.label for stack in stacks], middles, height, width),
        ],
        rules=[Rule(number(left), number(width), number(ground - tick * unit)) for tick in scale],
    )


def _signed_ticks(least: float, most: float) -> list[int]:
    """Round numbers in even steps around `least` to `most`, 0 among them."""
    step = ticks(max(most, -least, 0))[1]
    return [step * n for n in range(-math.ceil(max(-least, 0) / step), max(math.ceil(max(most, 0) / step), 1) + 1)]


def line(
    *, name: str, title: str, description: str, points: Sequence[tuple[str, float | None]], width: int, size: str
) -> Chart:
    """Shares from 0 to 1 over time; a point without one interrupts the line."""
    height = 240 if width > COLUMN else 200
    top, left, bottom = 12.0, 46.0, height - 28.0
    rise, place = bottom - top, (width - left) / max(len(points), 1)
    middles = [left + place * (index + 0.5) for index in range(len(points))]
    paths: list[list[str]] = [[]]
    for x, (_, share) in zip(middles, points, strict=True):
        if share is None:
            paths.append([])
        else:
            paths[-1].append(f"{number(x)},{number(bottom - min(share, 1) * rise)}")
    return Chart(
        *(name, title, description, width, height, size),
        dots=[Dot(*point.split(",")) for path in paths for point in path],
        paths=["M" + " L".join(path) for path in paths if len(path) > 1],
        words=[
            *(Word("40", number(bottom - n / 4 * rise + 4), f"{n * 25}%", "end") for n in range(5)),
            *_day_words([label for label, _ in points], middles, height, width),
        ],
        rules=[Rule(number(left), number(width), number(bottom - n / 4 * rise)) for n in range(5)],
    )


def bars(
    *, name: str, title: str, description: str, rows: Sequence[Bar], most: float | None = None, series: str = "done"
) -> Chart:
    """Horizontal bars under their words, so that long names fit; as long as the longest, or as `most`, is all."""
    longest = most or max((row.value or 0 for row in rows), default=0) or 1
    boxes, words = [], []
    for index, row in enumerate(rows):
        y = index * _ROW
        words += [
            Word("0", number(y + _TEXT), row.label),
            Word(number(COLUMN), number(y + _TEXT), row.words, "end", strong=True),
        ]
        boxes.append(Box("0", number(y + _TEXT + 7), number(COLUMN), number(_BAR), "ground"))
        if row.value:
            wide = max(2.0, min(row.value / longest, 1) * COLUMN)
            boxes.append(Box("0", number(y + _TEXT + 7), number(wide), number(_BAR), series))
    return Chart(name, title, description, COLUMN, max(len(rows), 1) * _ROW, "bars", boxes=boxes, words=words)


def _scale_words(scale: Sequence[int], bottom: float, unit: float) -> list[Word]:
    return [Word("34", number(bottom - tick * unit + 4), f"{tick:,}", "end") for tick in scale]


def _day_words(labels: Sequence[str], middles: Sequence[float], height: int, width: int) -> list[Word]:
    """As many as fit beside each other, evenly, the last one always among them."""
    fit = max(1, int((width - 40) // _LABEL_WIDTH))
    every = max(1, -(-len(labels) // fit))
    last = len(labels) - 1
    return [
        Word(number(min(middles[n], width - _HALF_A_WORD)), number(height - 8), label, "middle")
        for n, label in enumerate(labels)
        if (last - n) % every == 0
    ]
