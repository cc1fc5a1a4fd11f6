"""Redis carries wake-ups and nothing else: it may die, or forget everything, and no message is lost (D3)."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from bookings.models import Booking
from integrations.email_gateway.fake import FakeEmailFunction
from integrations.models import OutgoingMessage
from integrations.outbox import wake
from tests.faults.conftest import UseBroker
from tests.faults.support import judge
from tests.faults.support.processes import wait_until
from tests.faults.support.redis_server import redis_server
from tests.faults.support.worker import running
from tests.faults.test_requests_stay_fast import Visitor

logger = logging.getLogger(__name__)
pytestmark = pytest.mark.django_db(transaction=True)


def all_delivered() -> bool:
    return not OutgoingMessage.objects.open().exists()


def test_a_commit_wakes_a_worker_through_redis(
    use_broker: UseBroker, function: FakeEmailFunction, tmp_path: Path
) -> None:
    visitor = Visitor(3)
    with redis_server(tmp_path) as redis:
        use_broker(redis.url)
        with running(tmp_path, beat=False):  # without beat nothing is swept: only a wake-up can deliver
            waits = []
            for _ in range(3):
                visitor.books()
                waits.append(wait_until(all_delivered, what="delivered by wake-up"))

    logger.info("from the commit to the delivery, by Redis: %s", [f"{seconds:.2f} s" for seconds in waits])
    assert judge.verdict(function) == {}


def test_redis_may_die_and_come_back_empty(
    use_broker: UseBroker, function: FakeEmailFunction, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A worker that was about to acknowledge a task ends with its Redis (kombu 5.7): its supervisor starts it again."""
    visitor = Visitor(6)
    with redis_server(tmp_path) as redis:
        use_broker(redis.url)
        with running(tmp_path) as worker:

            def delivered_by_a_supervised_worker() -> bool:
                worker.look_after()
                return all_delivered()

            visitor.books()
            wait_until(all_delivered, what="delivered while Redis is there")
            redis.kill()
            for _ in range(4):
                visitor.books()
            redis.start()
            after = wait_until(delivered_by_a_supervised_worker, what="workers found their way back")
            wake.waker.quiet_until = 0.0
            visitor.books()
            again = wait_until(delivered_by_a_supervised_worker, what="delivered as before")

    logger.info("delivered %.1f s after Redis was back; then within %.2f s", after, again)
    assert Booking.objects.count() == 6
    assert judge.verdict(function) == {}


def test_redis_may_forget_everything(use_broker: UseBroker, function: FakeEmailFunction, tmp_path: Path) -> None:
    visitor = Visitor(5)
    with redis_server(tmp_path) as redis:
        use_broker(redis.url)
        for _ in range(5):
            visitor.books()
        wake.waker.join()
        assert redis.forget_everything() >= 1
        with running(tmp_path):
            wait_until(all_delivered, what="the sweep found what no wake-up told of")

    assert judge.verdict(function) == {}
