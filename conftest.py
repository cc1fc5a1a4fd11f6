"""What every test gets: no network beyond this machine, an empty cache, a database to itself."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.dispatch import receiver
from django.test.signals import setting_changed  # Django’s own receivers are called before ours
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from xdist.scheduler import LoadScopeScheduling

from core.remembered import Remembered
from core.text.catalogue import join_catalogues
from core.web import refusals
from tests.open_sessions import open_sessions

# Playwright's synchronous API keeps an event loop running in the test's thread, where the ORM is used as well.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# How fast a machine makes up examples, and tries them, is no verdict.
hypothesis_settings.register_profile("hms", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("hms")

_connect = socket.socket.connect
_TOGETHER = (
    "tests/bootstrap/test_run.py",
    "tests/bench/test_reference.py",
)  # files whose tests begin with something that takes long, made once
_ALONE = ("tests/concurrency/", "tests/faults/", "tests/hardening/test_crowd_of_sign_ins.py")


class _Scheduler(LoadScopeScheduling):
    """Gives the crowds to one process, as one piece and first; the others go on with the rest, most of it test by test.

    `--dist loadgroup` would do it, but pytest-xdist 3.8 does not see the groups of pytest 9.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(_ALONE):
            return "alone"
        return nodeid.partition("::")[0] if nodeid.startswith(_TOGETHER) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than processors: the crowds wait for other programs half of the time."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _Scheduler(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """After all fixtures."""
    yield
    open_sessions.end()


@receiver(setting_changed)
def _joined_again(*, setting: str, **_: Any) -> None:
    """Django reads all catalogues anew when a test changes the languages, and when it is over."""
    if setting in {"LANGUAGES", "LOCALE_PATHS"}:
        for language, _name in settings.LANGUAGES:
            join_catalogues(language)


def _only_loopback(self: socket.socket, address: Any) -> None:
    if self.family in {socket.AF_INET, socket.AF_INET6}:
        host = str(address[0]).split("%")[0]
        if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise RuntimeError(f"a test tried to reach {host}")
    return _connect(self, address)


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    socket.socket.connect = _only_loopback  # type: ignore[method-assign]
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _own_backup_folder(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    settings.BACKUP_FOLDER = tmp_path_factory.getbasetemp() / "backups"


@pytest.fixture(autouse=True)
def _fresh_cache(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Tests of one process share nothing through the cache, nor through what waits to be counted in it; limits shared
    # between processes have tests of their own.
    monkeypatch.setattr(refusals, "_UNSENT", Counter())
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    for values in Remembered.everything:
        values.forget()
