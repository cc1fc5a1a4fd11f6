"""What is promised is judged both ways, and what is told are the right numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.booking import Times, is_booked
from bench.http.load import Crowd, TimedAnswer
from bench.http.report import Promise, conclude, median, milliseconds, percentile, table


def test_a_promise_is_kept_up_to_its_bound() -> None:
    assert Promise(said="", found=0.5, least=0.5).is_kept
    assert not Promise(said="", found=0.49, least=0.5).is_kept
    assert Promise(said="", found=3, most=3).is_kept
    assert not Promise(said="", found=3.1, most=3).is_kept
    assert not Promise(said="", found=float("nan"), most=3).is_kept
    assert not Promise(said="", found=1, most=0, least=0).is_kept
    assert not Promise(said="", found=-1, most=0, least=0).is_kept


def test_percentiles() -> None:
    answers = [TimedAnswer("", 0, number / 1000, 200, "") for number in range(1, 101)]

    assert milliseconds(answers, 0.5) == 51
    assert milliseconds(answers, 0.95) == 96
    assert percentile([7], 0.95) == 7
    assert str(percentile([], 0.95)) == "nan"
    assert str(median([])) == "nan"


def test_it_is_kept_and_decides(settings: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings.HMS_HOME = tmp_path
    kept, missed = Promise(said="fast", found=1, most=2), Promise(said="small", found=3, most=2)

    assert conclude("toy", {"a": 1}, [kept]) == 0
    assert conclude("toy", {"a": 1}, [kept, missed]) == 1
    assert "MISSED  small: 3.00 (at most 2)" in capsys.readouterr().out
    written = [json.loads(path.read_text()) for path in (tmp_path / "bench").glob("toy-*.json")]
    assert written[-1]["figures"] == {"a": 1}


def test_a_table_stands_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    table(["", "ms"], [["one", 1.5], ["another", 1234.0]])

    assert capsys.readouterr().out == "           ms\none      1.50\nanother  1234\n"


def answered(lanes: list[int]) -> Crowd:
    return Crowd(
        [TimedAnswer(str(lane), 0, 0, 302, "") for lane, count in enumerate(lanes) for _ in range(count)], 1, 0
    )


def test_a_patient_never_gets_two_times_at_once() -> None:
    asked: list[tuple[int, int]] = []
    times = Times(lambda place, who: f"{asked.append((place, who)) or place}", 400 * 90)

    lanes = times.lanes(16)
    assert [len(lane.requests) for lane in lanes] == [250] * 16
    assert len(asked) == 4000
    assert all(place % 400 == who for place, who in asked)
    assert {int(place) % 400 % 16 for place in lanes[3].requests} == {3}  # a patient's are all in one lane
    times.use_up(answered([24, 26, *[25] * 14]), 16)
    assert times.next == 800  # one lane has begun the second turn
    times.use_up(answered([3]), 1)
    assert times.next == 1200


def test_only_an_appointment_is_a_booking() -> None:
    def answer(status: int, location: str) -> TimedAnswer:
        return TimedAnswer("", 0, 0, status, location)

    assert is_booked(answer(302, "/bookings/1A2B-3C4D/"))
    assert not is_booked(answer(302, "/accounts/login/?next=/bookings/new/"))
    assert not is_booked(answer(200, ""))
    assert not is_booked(answer(409, ""))
