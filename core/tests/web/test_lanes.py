"""A crowd that wants one thing leaves the threads to others; real threads, and no clock decides."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from threading import Barrier, Event, Lock

import pytest

from core.web.lanes import LanePool

PATIENCE = 60  # seconds, before a test gives up
FOR_EVER = 3_600.0


class Work:
    """Tasks that wait until they are let go, and tell how many of them there were at once."""

    def __init__(self) -> None:
        self._lock, self.go_on = Lock(), Event()
        self.now = self.most = 0
        self.began = Event()

    def __call__(self, key: str | None) -> str | None:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.began.set()
        assert self.go_on.wait(PATIENCE)
        with self._lock:
            self.now -= 1
        return key


@pytest.fixture
def pool() -> Iterator[LanePool]:
    pool = LanePool(16, lambda *given: given[0], longest=FOR_EVER)
    yield pool
    pool.shutdown()


def done(futures: list[Future[str | None]]) -> list[str | None]:
    return [future.result(PATIENCE) for future in futures]


def test_a_crowd_takes_an_eighth_and_others_are_served_meanwhile(pool: LanePool) -> None:
    work = Work()
    crowd = [pool.submit(work, "slot") for _ in range(40)]
    assert work.began.wait(PATIENCE)
    others = [pool.submit(lambda key: key, key) for key in (None, "another slot", None)]

    assert done(others) == [None, "another slot", None]
    assert not any(future.done() for future in crowd)
    work.go_on.set()
    assert done(crowd) == ["slot"] * 40
    assert work.most <= 2


def test_those_who_want_nothing_in_common_take_all_threads(pool: LanePool) -> None:
    work, all_began = Work(), [Event() for _ in range(16)]

    def begin(key: str, number: int) -> str | None:
        all_began[number].set()
        return work(key)

    futures = [pool.submit(begin, f"slot {number}", number) for number in range(16)]

    assert [event.wait(PATIENCE) for event in all_began] == [True] * 16
    work.go_on.set()
    assert len(done(futures)) == 16


def test_the_next_of_a_crowd_stands_behind_whoever_came_meanwhile() -> None:
    pool, order, began, go_on = LanePool(1, lambda *given: given[0], longest=FOR_EVER), [], Event(), Event()

    def note(key: str | None, name: str) -> None:
        if name == "first":
            began.set()
            assert go_on.wait(PATIENCE)
        order.append(name)

    futures = [pool.submit(note, "slot", name) for name in ("first", "second", "third")]
    assert began.wait(PATIENCE)
    futures.append(pool.submit(note, None, "a reader"))
    go_on.set()
    for future in futures:
        future.result(PATIENCE)
    pool.shutdown()

    assert order == ["first", "a reader", "second", "third"]


def test_what_is_stuck_holds_up_its_crowd_for_a_while_only() -> None:
    pool, work = LanePool(4, lambda *given: given[0], longest=0.0), Work()
    stuck = pool.submit(work, "slot")
    assert work.began.wait(PATIENCE)
    behind = [pool.submit(lambda key: key, "slot") for _ in range(5)]

    assert done(behind) == ["slot"] * 5
    assert not stuck.done()
    work.go_on.set()
    assert stuck.result(PATIENCE) == "slot"
    pool.shutdown()


def test_an_error_is_told_and_the_thread_goes_on(pool: LanePool) -> None:
    def fails(key: str) -> None:
        raise ValueError(key)

    for _ in range(20):
        assert isinstance(pool.submit(fails, "slot").exception(PATIENCE), ValueError)
    assert pool.submit(lambda key: key, "slot").result(PATIENCE) == "slot"


def test_at_the_end_what_was_taken_is_done_and_no_more_is_taken() -> None:
    pool, work = LanePool(8, lambda *given: given[0], longest=FOR_EVER), Work()
    futures = [pool.submit(work, "slot") for _ in range(5)]
    assert work.began.wait(PATIENCE)
    pool.shutdown(wait=False)
    with pytest.raises(RuntimeError):
        pool.submit(work, "slot")
    work.go_on.set()
    pool.shutdown()

    assert all(future.done() for future in futures)
    assert done(futures) == ["slot"] * 5


def test_a_slow_task_keeps_nobody_waiting_while_a_thread_could_be_started(pool: LanePool) -> None:
    """Both come at once, and one thread is at rest: it takes the first, another is started for the second."""
    for _ in range(20):
        assert pool.submit(lambda key: key, None).result(PATIENCE) is None
        slow = Work()
        first, second = pool.submit(slow, None), pool.submit(lambda key: key, None)
        assert second.result(PATIENCE) is None
        slow.go_on.set()
        assert first.result(PATIENCE) is None


def test_those_who_are_let_on_get_threads() -> None:
    """Five of one crowd are at work at the same time: the first waits for all of them."""
    pool, all_at_work = LanePool(8, lambda *given: given[0], longest=0.0), Barrier(5)

    def meet(key: str) -> int:
        return all_at_work.wait(PATIENCE)

    futures = [pool.submit(meet, "slot") for _ in range(5)]

    assert sorted(future.result(PATIENCE) for future in futures) == [0, 1, 2, 3, 4]
    pool.shutdown()


def test_what_is_cancelled_at_the_end_is_told_so() -> None:
    pool, work = LanePool(1, lambda *given: given[0], longest=FOR_EVER), Work()
    first = pool.submit(work, "slot")
    assert work.began.wait(PATIENCE)
    behind = [pool.submit(work, key) for key in ("slot", None)]
    pool.shutdown(wait=False, cancel_futures=True)
    work.go_on.set()
    pool.shutdown()

    assert first.result(PATIENCE) == "slot"
    assert all(future.cancelled() for future in behind)
