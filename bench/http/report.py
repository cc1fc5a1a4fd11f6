"""What was measured, as a table for people and a file for programs; what was promised, and whether it is kept."""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings

from bench.http.load import TimedAnswer
from tools.paths import RunError


@dataclass(frozen=True, kw_only=True)
class Promise:
    """One promise: `found` may be no more than `most`, or no less than `least`."""

    said: str
    found: float
    most: float | None = None
    least: float | None = None

    @property
    def is_kept(self) -> bool:
        above = self.least is None or self.found >= self.least
        return above and (self.most is None or self.found <= self.most)

    def __str__(self) -> str:
        bound = f"at most {self.most:g}" if self.most is not None else f"at least {self.least:g}"
        return f"{'kept  ' if self.is_kept else 'MISSED'}  {self.said}: {self.found:.2f} ({bound})"


def percentile(numbers: Iterable[float], share: float) -> float:
    """The number that this share of them does not exceed; not a number when there are none."""
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def milliseconds(answers: Iterable[TimedAnswer], share: float) -> float:
    return 1000 * percentile((answer.seconds for answer in answers), share)


def median(numbers: Iterable[float]) -> float:
    found = list(numbers)
    return statistics.median(found) if found else float("nan")


def table(head: Sequence[str], rows: Iterable[Sequence[str | float]]) -> None:
    """The first column are words, the others numbers."""
    cells = [head, *([_cell(cell) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(head))]
    for row in cells:
        words = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        print("  ".join(words))


def _cell(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}"


def conclude(name: str, figures: dict[str, Any], promises: Sequence[Promise]) -> int:
    """Print and keep it; the exit code."""
    now = datetime.now(tz=UTC)
    for promise in promises:
        print(promise)
    kept = {
        "at": now.isoformat(timespec="seconds"),
        "figures": figures,
        "promises": [asdict(promise) | {"is_kept": promise.is_kept} for promise in promises],
    }
    path = Path(settings.HMS_HOME) / "bench" / f"{name}-{now:%Y%m%d-%H%M%S}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(kept, indent=1))
    print(f"Written to {path}.")
    return 0 if all(promise.is_kept for promise in promises) else 1


def run(measure: Callable[[], int]) -> NoReturn:
    """End with its exit code; what keeps it from measuring is said in a sentence."""
    try:
        sys.exit(measure())
    except RunError as error:
        sys.exit(f"HMS: {error}")
