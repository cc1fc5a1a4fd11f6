"""The threads of a web process, of which a crowd that wants one thing takes an eighth (docs/adr/0032).

When two hundred want the same time, their requests would stand in front of everybody else's, and wait for each other in
every thread there is. Here they wait without a thread until it is their turn, and whoever asks for another page finds
one, and a processor that is not shared with eight of them.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from itertools import chain
from threading import Condition, Thread
from typing import Any, TypeVar

T = TypeVar("T")
# So long one may wait behind the others of its crowd. Then what they want is stuck, and core/turns.py sends them away.
LONGEST = 2.0  # seconds
LOOKS_EVERY = 0.25  # seconds, while somebody waits so
OF_CROWD = 8  # one of so many threads serves the same crowd


@dataclass(slots=True)
class _Task:
    run: Callable[[], None]
    cancel: Callable[[], bool]
    key: Hashable
    since: float = field(default_factory=time.monotonic)


class LanePool(Executor):
    """Like `ThreadPoolExecutor`. `key_of` is asked of the arguments of what is submitted: which crowd it belongs to,
    None for none.

    Threads are started when they are needed, and end with the process.
    """

    def __init__(self, threads: int, key_of: Callable[..., Hashable], *, longest: float = LONGEST) -> None:
        self._most, self._most_of_crowd = threads, max(1, threads // OF_CROWD)
        self._key_of, self._longest = key_of, longest
        self._changed = Condition()
        self._ready: deque[_Task] = deque()
        self._behind: dict[Hashable, deque[_Task]] = {}
        self._crowds: dict[Hashable, int] = {}  # of each, how many are at work or ready
        self._threads = self._idle = 0
        self._is_closed = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)

        task = _Task(run, future.cancel, self._key_of(*args, **kwargs))
        with self._changed:
            if self._is_closed:
                raise RuntimeError("no more is taken")
            if self._crowds.get(task.key, 0) < self._most_of_crowd:
                self._make_ready(task)
            else:
                self._behind.setdefault(task.key, deque()).append(task)
            self._start_threads()
            self._changed.notify()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """What was taken is still done. With `wait`, returns when it is."""
        with self._changed:
            self._is_closed = True
            if cancel_futures:
                for task in [*self._ready, *chain.from_iterable(self._behind.values())]:
                    task.cancel()
            self._changed.notify_all()
            while wait and self._threads:
                self._changed.wait()

    def _work(self) -> None:
        while (task := self._take()) is not None:
            task.run()
            with self._changed:
                self._leave(task.key)

    def _take(self) -> _Task | None:
        """The next one; None when there is none and will be none."""
        with self._changed:
            while True:
                if self._behind:
                    self._let_on()
                if self._ready:
                    return self._ready.popleft()
                if self._is_closed and not self._behind:
                    self._threads -= 1
                    self._changed.notify_all()
                    return None
                self._idle += 1
                self._changed.wait(LOOKS_EVERY if self._behind else None)
                self._idle -= 1

    def _start_threads(self) -> None:
        """One more when those at rest are too few, also counting who was called and has not come yet. One looks after
        whoever waits behind a crowd."""
        needed = len(self._ready) + bool(self._behind)
        if needed > self._idle and self._threads < self._most:
            Thread(target=self._work, name=f"web-{self._threads + 1}", daemon=True).start()
            self._threads += 1

    def _make_ready(self, task: _Task) -> None:
        if task.key is not None:
            self._crowds[task.key] = self._crowds.get(task.key, 0) + 1
        self._ready.append(task)
        self._start_threads()

    def _leave(self, key: Hashable) -> None:
        """One of a crowd is done: the next of it comes after all who are ready."""
        if key is None:
            return
        self._crowds[key] -= 1
        if not self._crowds[key]:
            del self._crowds[key]
        if key in self._behind and self._crowds.get(key, 0) < self._most_of_crowd:
            self._make_ready(self._next_behind(key))
            self._changed.notify()  # this thread may take another one first

    def _let_on(self) -> None:
        """Who has waited too long is let on beside the others."""
        until = time.monotonic() - self._longest
        for key in [key for key, tasks in self._behind.items() if tasks[0].since < until]:
            while key in self._behind and self._behind[key][0].since < until:
                self._make_ready(self._next_behind(key))
                self._changed.notify()

    def _next_behind(self, key: Hashable) -> _Task:
        tasks = self._behind[key]
        task = tasks.popleft()
        if not tasks:
            del self._behind[key]
        return task
