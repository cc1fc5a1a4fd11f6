"""Turns at one thing: one at a time, and never all threads of a process for long."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

import pytest

from core.errors import Busy
from core.turns import Process, Turns

THREADS = 8
PATIENCE = 60  # seconds; what takes longer hangs


@pytest.fixture(autouse=True)
def _eight_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Process, "threads", THREADS)
    monkeypatch.setattr("core.turns.PATIENCE", PATIENCE)


@contextmanager
def held(turns: Turns, key: str) -> Iterator[threading.Event]:
    """Somebody else has the turn until the event is set, at the latest until the block ends."""
    has, done = threading.Event(), threading.Event()

    def hold() -> None:
        with turns.turn(key):
            has.set()
            assert done.wait(PATIENCE)

    holder = threading.Thread(target=hold)
    holder.start()
    assert has.wait(PATIENCE)
    try:
        yield done
    finally:
        done.set()
        holder.join()


def takes(turns: Turns, key: str, inside: list[int] | None = None) -> str:
    try:
        with turns.turn(key) as waited:
            if inside is not None:
                inside[0] += 1
                assert inside[0] == 1
                inside[0] -= 1
            return "after others" if waited else "at once"
    except Busy:
        return "busy"


def first_done(futures: list[Future[str]], many: int) -> list[str]:
    done: set[Future[str]] = set()
    while len(done) < many:
        just_now, _ = wait(set(futures) - done, PATIENCE, FIRST_COMPLETED)
        assert just_now
        done |= just_now
    return [future.result() for future in done]


def test_at_most_half_of_the_threads_wait_and_the_others_are_told_at_once() -> None:
    turns = Turns(ordinary=0)
    with ThreadPoolExecutor(THREADS) as pool, held(turns, "nine o’clock") as done:
        rivals = [pool.submit(takes, turns, "nine o’clock") for _ in range(THREADS - 1)]

        assert first_done(rivals, THREADS // 2) == ["busy"] * (THREADS // 2)
        assert sum(not rival.done() for rival in rivals) == turns.waiting("nine o’clock") == THREADS // 2 - 1
        assert takes(turns, "ten o’clock") == "at once"

        done.set()
        assert sorted(rival.result(PATIENCE) for rival in rivals) == ["after others"] * 3 + ["busy"] * 4


def test_while_all_goes_its_ordinary_way_nobody_is_sent_away() -> None:
    turns, inside = Turns(ordinary=PATIENCE), [0]
    with ThreadPoolExecutor(4 * THREADS) as pool, held(turns, "nine o’clock") as done:
        rivals = [pool.submit(takes, turns, "nine o’clock", inside) for _ in range(4 * THREADS)]
        while turns.waiting("nine o’clock") < 4 * THREADS:
            assert not any(rival.done() for rival in rivals)
        done.set()
        assert {rival.result(PATIENCE) for rival in rivals} == {"after others"}


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.turns.PATIENCE", 0)
    turns = Turns()
    with held(turns, "nine o’clock"):
        assert takes(turns, "nine o’clock") == "busy"
        assert turns.waiting("nine o’clock") == 0
    assert takes(turns, "nine o’clock") == "at once"


def test_an_error_ends_the_turn_too() -> None:
    turns = Turns()
    with pytest.raises(ZeroDivisionError), turns.turn("nine o’clock"):
        raise ZeroDivisionError
    assert takes(turns, "nine o’clock") == "at once"


def test_only_what_somebody_had_a_turn_at_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns()
    assert not turns.is_wanted("nine o’clock")
    with turns.turn("nine o’clock"):
        assert turns.is_wanted("nine o’clock")
    assert turns.is_wanted("nine o’clock")
    assert not turns.is_wanted("ten o’clock")
    monkeypatch.setattr("core.turns.LATELY", -1.0)
    assert not turns.is_wanted("nine o’clock")
