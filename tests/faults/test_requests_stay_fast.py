"""A booking never waits for the e-mail function or the job broker, whatever is wrong with them (D3)."""

from __future__ import annotations

import logging
import random
import socket
import statistics
import threading
import time
from collections.abc import Callable
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from bookings.models import Booking
from bookings.services import book as booking
from core import clock
from doctors.models import Slot
from doctors.tests.factories import make_doctor
from integrations import outbox
from integrations.email_gateway.client import body_of, signed_headers
from integrations.email_gateway.fake import FakeEmailFunction
from integrations.models import OutgoingMessage
from integrations.outbox import wake
from patients.tests.factories import make_patient
from tests.concurrency.support.steps import diary
from tests.faults.conftest import UseBroker
from tests.faults.support.processes import wait_until
from tests.faults.support.worker import running

logger = logging.getLogger(__name__)
pytestmark = pytest.mark.django_db(transaction=True)
FAULTS = ("hang", "error", "busy", "garbage", "endless", "redirect", "drop")
ROUNDS, EACH_ROUND = 2, 8
WAITING = 0.5  # seconds more for half of the bookings: each of them waits for the function, which takes a second
PATIENCE = 60  # seconds: a connection to a broker that is away, left alone, hangs for minutes
_keys = count()


class Visitor:
    """A patient who books one time after the other through the page."""

    def __init__(self, times: int) -> None:
        self._client = Client()
        self._client.force_login(make_patient().user)
        self._slots = iter(diary(make_doctor(), times))

    def books(self) -> float:
        """How long the answer took, in seconds."""
        slot: Slot = next(self._slots)
        form = {"reason": "Cough", "doctor": slot.doctor.slug, "idempotency_key": f"form {next(_keys)}"}
        began = time.perf_counter()
        answer = self._client.post(f"{reverse('bookings:new')}?slot={slot.pk}", form)
        seconds = time.perf_counter() - began
        assert answer.status_code == 302, answer.status_code
        return seconds


def is_slow(seconds: list[float], quiet: list[float]) -> bool:
    """Judged by the median: whatever else a machine does delays one booking or another, never every second one."""
    return statistics.median(seconds) > statistics.median(quiet) + WAITING


def test_a_booking_answers_equally_fast_whatever_the_function_does(
    folders: None, function: FakeEmailFunction, settings: Any, tmp_path: Path
) -> None:
    """Rounds in mixed order, so that whatever else this machine does meets every fault alike."""
    visitor = Visitor((len(FAULTS) + 2) * ROUNDS * EACH_ROUND)
    modes = ("ok", *FAULTS)
    took: dict[str, list[float]] = {mode: [] for mode in modes}
    with running(tmp_path):
        for _ in range(ROUNDS):
            for mode in random.sample(modes, len(modes)):
                before, function.mode = len(function.calls), mode
                took[mode] += [visitor.books() for _ in range(EACH_ROUND)]
                wait_until(lambda seen=before: len(function.calls) > seen, what="the worker met this fault")
        function.server.shutdown()
        function.server.server_close()
        took["stopped"] = [visitor.books() for _ in range(ROUNDS * EACH_ROUND)]
        gone = OutgoingMessage.objects.filter(last_error__contains="could not be reached (ConnectionError)")
        wait_until(gone.exists, what="the worker met a function that is stopped")

    medians = {mode: f"{statistics.median(seconds) * 1000:.0f} ms" for mode, seconds in took.items()}
    logger.info("booking, median: %s", medians)
    assert [mode for mode in took if is_slow(took[mode], took["ok"])] == []


def test_sending_inside_the_request_would_be_seen(
    folders: None, function: FakeEmailFunction, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above: the same clock, and a booking that sends by itself."""
    settings.EMAIL_SERVICE_TIMEOUT_SECONDS = 1
    visitor = Visitor(2 * EACH_ROUND)
    quiet = [visitor.books() for _ in range(EACH_ROUND)]
    function.mode = "hang"
    send_while_asked(monkeypatch)

    assert is_slow([visitor.books() for _ in range(EACH_ROUND)], quiet)


def test_no_connection_is_opened_inside_the_transaction(
    use_broker: UseBroker, function: FakeEmailFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(2)
    opened = watch_connections(monkeypatch)
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes connections and says nothing: a broker that hangs
        use_broker(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0")
        visitor.books()
        wake.waker.join()
    assert opened
    assert not any(in_transaction for _, in_transaction in opened), opened

    opened.clear()
    send_while_asked(monkeypatch)
    visitor.books()
    assert any(in_transaction for _, in_transaction in opened)  # so the watch would have seen it


@pytest.mark.parametrize("broker", ["gone", "deaf", "unreachable"])
def test_a_broker_that_is_away_is_tried_once_and_nobody_waits(
    use_broker: UseBroker, broker: str, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = Visitor(3 * EACH_ROUND)
    use_broker("filesystem://localhost")
    quiet = [visitor.books() for _ in range(EACH_ROUND)]
    wake.waker.join()  # all of this broker's is told
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listening:
        fill = _crowd_out(listening) if broker == "unreachable" else []
        port = listening.getsockname()[1] if broker != "gone" else _closed_port()
        use_broker(f"redis://127.0.0.1:{port}/0")
        first, *later = [visitor.books() for _ in range(2 * EACH_ROUND)]
        wake.waker.join()
        for item in fill:
            item.close()

    logger.info("broker %s: first %.0f ms, then %.0f ms", broker, first * 1000, statistics.median(later) * 1000)
    assert [record.name for record in caplog.records].count(wake.__name__) == 1  # it was tried, and once
    assert first < PATIENCE
    assert not is_slow(later, quiet)
    assert OutgoingMessage.objects.due(clock.now()).count() >= 2 * Booking.objects.count()  # all wait for the sweep


def send_while_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The naive version: what is enqueued is posted at once, in the transaction of the change it tells of."""

    def post(now: datetime) -> None:
        for message in OutgoingMessage.objects.filter(created_at=now).order_by("pk"):
            post_anyhow(message)

    after_each_writing(monkeypatch, post)


def after_each_writing(monkeypatch: pytest.MonkeyPatch, act: Callable[[datetime], None]) -> None:
    """Done inside the transaction, once its messages are written: by themselves, or with a booking."""
    enqueue, write = outbox.enqueue, booking.write

    def enqueue_and_act(drafts: Any, *, now: datetime) -> None:
        enqueue(drafts, now=now)
        act(now)

    def write_and_act(made: Booking, *, now: datetime, also: Any = ()) -> None:
        write(made, now=now, also=also)
        act(now)

    monkeypatch.setattr(outbox, "enqueue", enqueue_and_act)
    monkeypatch.setattr(booking, "write", write_and_act)


def post_anyhow(message: OutgoingMessage) -> None:
    import requests  # noqa: PLC0415

    body = body_of(message)
    headers = signed_headers(str(message.message_id), body, timestamp=int(time.time()))
    try:
        requests.post(
            django_settings.EMAIL_SERVICE_URL,
            data=body,
            headers=headers,
            timeout=django_settings.EMAIL_SERVICE_TIMEOUT_SECONDS,
            allow_redirects=False,
            stream=True,  # an answer without end would end the control as well
        ).close()
    except requests.RequestException:
        logger.info("the naive version carries on")


def watch_connections(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """For every connection this process opens from now on: its thread's name, and whether a transaction was open."""
    seen: list[tuple[str, bool]] = []
    connect: Callable[..., None] = socket.socket.connect

    def watched(self: socket.socket, address: Any) -> None:
        seen.append((threading.current_thread().name, connection.in_atomic_block))
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    return seen


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _crowd_out(listening: socket.socket) -> list[socket.socket]:
    """Fill the queue of a server that never accepts: the next connection gets no answer at all."""
    waiting = []
    while len(waiting) < 64:
        one = socket.socket()
        one.settimeout(0.2)
        waiting.append(one)
        try:
            one.connect(listening.getsockname())
        except TimeoutError:
            return waiting
    raise AssertionError("the queue was never full")
