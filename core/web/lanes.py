"""The threads of a web process, with a lane of its own for what comes in a rush (docs/adr/0032).

When two hundred want the same time, their requests stand in front of everybody else's. Here they fill half of the
threads at most, and wait for them without holding any; whoever asks for another page finds a free one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from threading import Condition, Thread
from typing import Any, TypeVar

T = TypeVar("T")
Task = Callable[[], None]


class LanePool(Executor):
    """Like `ThreadPoolExecutor`. `is_rush` is asked of the arguments of what is submitted: which lane it is for.

    Threads are started when they are needed, and end with the process.
    """

    def __init__(self, threads: int, is_rush: Callable[..., bool]) -> None:
        self._most, self._most_in_rush = threads, max(1, threads // 2)
        self._is_rush = is_rush
        self._changed = Condition()
        self._rush: deque[Task] = deque()
        self._others: deque[Task] = deque()
        self._threads = self._idle = self._in_rush = 0
        self._others_turn = True
        self._is_closed = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()

        def task() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)

        lane = self._rush if self._is_rush(*args, **kwargs) else self._others
        with self._changed:
            if self._is_closed:
                raise RuntimeError("no more is taken")
            lane.append(task)
            if not self._idle and self._threads < self._most:
                self._threads += 1
                Thread(target=self._work, name=f"web-{self._threads}", daemon=True).start()
            self._changed.notify()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """What was taken is still done. With `wait`, returns when it is."""
        with self._changed:
            self._is_closed = True
            if cancel_futures:
                self._rush.clear()
                self._others.clear()
            self._changed.notify_all()
            while wait and self._threads:
                self._changed.wait()

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            task, is_rush = taken
            task()
            if is_rush:
                with self._changed:
                    self._in_rush -= 1
                    self._changed.notify()  # for another thread, should this one take the other lane's next

    def _take(self) -> tuple[Task, bool] | None:
        """The next of the lane whose turn it is, or of the other; None when there is no more and will be none."""
        with self._changed:
            while True:
                may_rush = bool(self._rush) and self._in_rush < self._most_in_rush
                if self._others and (self._others_turn or not may_rush):
                    self._others_turn = False
                    return self._others.popleft(), False
                if may_rush:
                    self._others_turn = True
                    self._in_rush += 1
                    return self._rush.popleft(), True
                if self._is_closed and not self._rush:
                    self._threads -= 1
                    self._changed.notify_all()
                    return None
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
