"""The charts as geometry (H2): lengths are the numbers, and what is drawn is safe under the strict policy."""

from __future__ import annotations

import itertools
import re
from datetime import date

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from dashboards.figures import charts
from dashboards.figures.blocks import shown
from dashboards.figures.cells import Share, percent
from dashboards.figures.charts import Bar, Box, Chart, Stack

NAMES = {"name": "chart", "title": "A title", "description": "What it tells"}


def stacked(*stacks: Stack) -> Chart:
    return charts.stacked(**NAMES, stacks=stacks, series=("done", "missed"), width=charts.WIDE, size="wide")


def heights(chart: Chart, series: str) -> list[float]:
    return [float(box.height) for box in chart.boxes if box.series == series]


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (0, [0, 1]),
        (1, [0, 1]),
        (3, [0, 1, 2, 3]),
        (7, [0, 2, 4, 6, 8]),
        (24, [0, 10, 20, 30]),
        (100, [0, 50, 100]),
        (2600, [0, 1000, 2000, 3000]),
    ],
)
def test_the_scale_has_round_steps_and_reaches_the_highest_bar(most: int, expected: list[int]) -> None:
    assert charts.ticks(most) == expected


@given(st.integers(0, 10_000_000))
def test_every_scale_reaches_its_highest_bar_in_a_few_steps(most: int) -> None:
    scale = charts.ticks(most)

    assert scale[-1] >= most
    assert 2 <= len(scale) <= 5


def test_the_parts_of_a_bar_are_as_high_as_their_numbers_and_stand_on_each_other() -> None:
    chart = stacked(Stack("1 Aug", [30, 10]), Stack("2 Aug", [15, 0]))

    assert heights(chart, "done") == [
        pytest.approx(heights(chart, "missed")[0] * 3, abs=0.2),
        pytest.approx(97.5, abs=0.2),
    ]
    lower, upper = (box for box in chart.boxes if box.x == chart.boxes[0].x)
    assert float(upper.y) + float(upper.height) == pytest.approx(float(lower.y), abs=0.2)


def test_no_number_draws_nothing() -> None:
    assert stacked(Stack("1 Aug", [0, 0])).boxes == []


def test_a_line_is_interrupted_where_there_is_nothing_to_divide_by() -> None:
    points = [("1", 0.5), ("2", 1.0), ("3", None), ("4", 0.25)]

    chart = charts.line(**NAMES, points=points, width=charts.NARROW, size="narrow")

    assert len(chart.paths) == 1  # the last stands alone: a point, no line
    assert len(chart.dots) == 3
    top, middle, low = (float(chart.dots[n].y) for n in (1, 0, 2))
    assert (low - top) == pytest.approx((middle - top) * 1.5, abs=0.3)


def grouped(*stacks: Stack) -> Chart:
    facts = {"series": ("done", "missed"), "width": charts.WIDE, "size": "wide", "in_words": str}
    return charts.grouped(**NAMES, stacks=stacks, **facts)


def test_the_bars_of_a_group_are_as_high_as_their_numbers_and_beside_each_other() -> None:
    chart = grouped(Stack("Aug", [30, 15]), Stack("Sept", [0, 7.5]))

    august, half, quarter = chart.boxes
    assert float(august.height) == pytest.approx(2 * float(half.height), abs=0.2)
    assert float(half.height) == pytest.approx(2 * float(quarter.height), abs=0.2)
    assert float(august.x) + float(august.width) < float(half.x)
    bottoms = {round(float(box.y) + float(box.height)) for box in chart.boxes}
    assert bottoms == {round(float(chart.rules[0].y))}


def test_a_bar_below_zero_hangs_from_the_line_of_zero() -> None:
    chart = grouped(Stack("Aug", [30, -10]))

    up, down = chart.boxes
    zero = next(word for word in chart.words if word.text == "0")
    assert float(down.y) == pytest.approx(float(zero.y) - 4, abs=0.1)
    assert float(up.y) + float(up.height) == pytest.approx(float(down.y), abs=0.2)
    assert [word.text for word in chart.words if word.anchor == "end"] == ["-10", "0", "10", "20", "30"]


@given(st.lists(st.tuples(st.floats(-5e6, 5e6), st.floats(-5e6, 5e6)), max_size=14))
def test_no_bar_of_a_group_is_drawn_outside_or_over_another(numbers: list[tuple[float, float]]) -> None:
    chart = grouped(*(Stack("month", values) for values in numbers))

    assert all(float(box.y) >= 11.9 and float(box.y) + float(box.height) <= chart.height - 27.8 for box in chart.boxes)
    for left, right in itertools.pairwise(chart.boxes):
        assert float(left.x) + float(left.width) <= float(right.x) + 0.1
    assert all(float(box.x) >= 46 and float(box.x) + float(box.width) <= chart.width for box in chart.boxes)


def test_horizontal_bars_are_as_long_as_their_share_of_the_whole() -> None:
    rows = [Bar("A", 0.5, "50%"), Bar("B", 0.0, "0%"), Bar("C", None, "–")]

    chart = charts.bars(**NAMES, rows=rows, most=1)

    assert [box.width for box in chart.boxes if box.series == "done"] == ["200"]
    assert [word.text for word in chart.words] == ["A", "50%", "B", "0%", "C", "–"]


@pytest.mark.parametrize("count", [1, 7, 30, 45, 53])
@pytest.mark.parametrize("width", [charts.NARROW, charts.WIDE])
def test_words_below_the_bars_never_run_into_each_other_or_off_the_drawing(count: int, width: int) -> None:
    stacks = [Stack(f"{n} Sept", [n, n]) for n in range(count)]
    chart = charts.stacked(**NAMES, stacks=stacks, series=("done", "missed"), width=width, size="x")

    places = [float(word.x) for word in chart.words if word.anchor == "middle"]

    assert places
    assert all(after - before >= 44 for before, after in itertools.pairwise(places))
    assert places[-1] <= width - 22


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), max_size=60))
def test_nothing_is_ever_drawn_outside_the_drawing(numbers: list[tuple[int, int]]) -> None:
    chart = stacked(*(Stack("day", values) for values in numbers))

    def is_inside(box: Box) -> bool:
        right, bottom = float(box.x) + float(box.width), float(box.y) + float(box.height)
        return float(box.x) >= 0 and right <= chart.width + 0.1 and float(box.y) >= 0 and bottom <= chart.height

    assert all(map(is_inside, chart.boxes))


def test_a_drawing_has_a_name_and_words_for_who_cannot_see_it_and_no_style_of_its_own() -> None:
    chart = charts.bars(**(NAMES | {"title": "<b>A & B</b>"}), rows=[Bar("<i>x</i>", 1, "1")])

    html = render_to_string("components/chart.html", {"chart": chart})

    assert 'role="img" aria-labelledby="chart-title" aria-describedby="chart-description"' in html
    assert '<title id="chart-title">&lt;b&gt;A &amp; B&lt;/b&gt;</title>' in html
    assert "<i>x</i>" not in html
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", html)


@pytest.mark.parametrize(
    ("share", "words"), [(None, "–"), (0.0, "0%"), (0.004, "0.4%"), (0.0999, "10.0%"), (0.125, "12%"), (1.0, "100%")]
)
def test_a_share_is_said_so_that_few_are_not_called_none(share: float | None, words: str) -> None:
    assert percent(share) == words


def test_a_table_sets_numbers_apart_from_words() -> None:
    table = shown("Caption", ["Day", "Who", "Count", "Share"], [(date(2026, 8, 5), "Ada", 1204, Share(None))])

    assert [cell.text for cell in table.rows[0]] == ["Wednesday 5 August 2026", "Ada", "1,204", "–"]
    assert [cell.is_number for cell in table.header] == [False, False, True, True]
