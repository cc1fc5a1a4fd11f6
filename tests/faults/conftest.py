"""A broker and a data folder for each test alone, and the function's stand-in where a test asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu import pools

from hms_project import env
from hms_project.celery import app
from integrations.email_gateway import fake
from integrations.outbox import wake
from tests.concurrency.conftest import _alone  # noqa: F401  heavy and timed: one such test at a time on this machine

UseBroker = Callable[[str], None]


@pytest.fixture
def use_broker(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[UseBroker]:
    """Names the broker of this process and of the workers it starts; workers are woken after each commit."""
    monkeypatch.setenv("HMS_HOME", str(tmp_path / "home"))
    settings.OUTBOX_WAKES_WORKERS = True

    def use(url: str) -> None:
        monkeypatch.setenv("CELERY_BROKER_URL", url)
        monkeypatch.setitem(app.conf, "broker_transport_options", env.broker_options(url))
        monkeypatch.setattr(wake, "waker", wake.Waker())

    yield use
    pools.reset()


@pytest.fixture
def folders(use_broker: UseBroker) -> None:
    """The broker of a copy in which nothing is configured: folders under the data folder."""
    use_broker("filesystem://localhost")


@pytest.fixture
def function(settings: Any) -> Iterator[fake.FakeEmailFunction]:
    with fake.running() as running:
        settings.EMAIL_SERVICE_URL = running.url
        yield running
