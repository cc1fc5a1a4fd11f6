"""Workers are woken by a thread that no request waits for, and not once more while they are being woken."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from integrations.outbox import wake

TASK = "integrations.tasks.deliver_email"


@pytest.fixture(autouse=True)
def _wakes(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OUTBOX_WAKES_WORKERS = True
    monkeypatch.setattr(wake, "waker", wake.Waker())
    monkeypatch.setattr(wake, "_PAUSE_SECONDS", 0)


class Broker:
    """Takes calls one at a time; the first waits until it is let on."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[int, ...]]] = []
        self.is_called, self.go_on = threading.Event(), threading.Event()

    def publish(self, task: str, args: tuple[int, ...]) -> None:
        self.calls.append((task, args))
        self.is_called.set()
        assert self.go_on.wait(60)


def test_nobody_waits_for_the_broker_and_what_comes_meanwhile_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = Broker()
    monkeypatch.setattr(wake, "_publish", broker.publish)

    wake.wake_workers(TASK)
    assert broker.is_called.wait(60)
    for _ in range(50):  # while the broker is at the first; this thread has not waited
        wake.wake_workers(TASK)
        wake.wake_workers("another", 7)
    assert broker.calls == [(TASK, ())]
    broker.go_on.set()
    wake.waker.join()

    assert broker.calls == [(TASK, ()), (TASK, ()), ("another", (7,))]


def test_what_is_asked_after_all_was_told_is_told_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(wake, "_publish", lambda task, args: told.append(task))
    for _ in range(3):
        wake.wake_workers(TASK)
        wake.waker.join()

    assert told == [TASK] * 3


def test_a_broker_that_is_away_is_left_alone_for_a_while(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[str] = []

    def is_away(task: str, args: tuple[int, ...]) -> None:
        tries.append(task)
        raise ConnectionError

    monkeypatch.setattr(wake, "_publish", is_away)
    for _ in range(3):
        wake.wake_workers(TASK)
        wake.waker.join()
    assert (tries, caplog.text.count("The job broker is away")) == ([TASK], 1)

    wake.waker.quiet_until = 0.0
    wake.wake_workers(TASK)
    wake.waker.join()
    assert tries == [TASK, TASK]


def test_without_a_thread_nothing_is_raised_and_the_next_call_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(wake, "_publish", lambda task, args: told.append(task))

    class NoThread:
        def __init__(self, **how: Any) -> None: ...

        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    with monkeypatch.context() as while_full:
        while_full.setattr(wake, "Thread", NoThread)
        wake.wake_workers(TASK)
    assert told == []
    wake.wake_workers(TASK)
    wake.waker.join()
    assert told == [TASK]
