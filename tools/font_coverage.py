"""Lists what the bundled fonts can print: `python3 -m tools.font_coverage`, after a font was changed or added.

Needs fontTools, of requirements-dev.txt; the running system reads only the list.
"""

from __future__ import annotations

from pathlib import Path

from fontTools.ttLib import TTFont

FOLDER = Path(__file__).resolve().parents[1] / "core" / "pdf" / "fonts"
FAMILY = 1  # the number of that name among a font's names


def coverage(folder: Path) -> str:
    """A line for each family: its name and the code points its regular font has, as hexadecimal ranges."""
    lines = []
    for path in sorted(folder.glob("*_400Regular.ttf")):
        with TTFont(path, lazy=True) as font:
            lines.append(f"{font['name'].getDebugName(FAMILY)}: {' '.join(_ranges(set(font.getBestCmap() or ())))}\n")
    return "".join(lines)


def _ranges(points: set[int]) -> list[str]:
    bounds: list[tuple[int, int]] = []
    for point in sorted(points):
        if bounds and bounds[-1][1] == point - 1:
            bounds[-1] = (bounds[-1][0], point)
        else:
            bounds.append((point, point))
    return [f"{first:x}" if first == last else f"{first:x}-{last:x}" for first, last in bounds]


if __name__ == "__main__":
    (FOLDER / "coverage.txt").write_text(coverage(FOLDER), encoding="ascii")
