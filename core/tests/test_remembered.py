"""What many ask for at once is worked out once, with real threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core import remembered
from core.remembered import Remembered

CROWD = 16
PATIENCE = 60  # seconds; what takes longer hangs


class Work:
    """Counts how often it is done; goes on when it is let."""

    def __init__(self) -> None:
        self.begun, self.let = threading.Event(), threading.Event()
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        self.begun.set()
        assert self.let.wait(PATIENCE)
        return self.times


def test_a_crowd_works_it_out_once() -> None:
    values, work, start = Remembered[int](fresh=PATIENCE), Work(), threading.Barrier(CROWD)

    def asks() -> int:
        start.wait(PATIENCE)
        return values.get("key", work)

    with ThreadPoolExecutor(CROWD) as pool:
        crowd = [pool.submit(asks) for _ in range(CROWD)]
        assert work.begun.wait(PATIENCE)
        work.let.set()
        assert {one.result(PATIENCE) for one in crowd} == {1}
    assert work.times == 1


def test_while_one_works_it_out_again_the_others_take_the_older_value() -> None:
    values, work = Remembered[int](fresh=0, stale=PATIENCE), Work()
    assert values.get("key", lambda: 0) == 0
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(values.get, "key", work)
        assert work.begun.wait(PATIENCE)
        assert [values.get("key", work) for _ in range(CROWD)] == [0] * CROWD
        work.let.set()
        assert first.result(PATIENCE) == 1
    assert work.times == 1


def test_what_is_too_old_is_taken_by_nobody() -> None:
    values = Remembered[int](fresh=0, stale=0)
    assert [values.get("key", iter([number]).__next__) for number in range(3)] == [0, 1, 2]


def test_a_failure_is_told_and_not_remembered() -> None:
    values = Remembered[int]()
    with pytest.raises(ZeroDivisionError):
        values.get("key", lambda: 1 // 0)
    assert values.get("key", lambda: 1) == 1


def test_each_key_has_its_own_and_there_are_never_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST", 3)
    values = Remembered[int]()
    assert [values.get(number, iter([number]).__next__) for number in range(10)] == list(range(10))
    assert len(values._places) <= 3
