"""Figures are cached for five minutes, computed once for everybody, and never depend on the cache being there (H2)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import translation
from django.utils.functional import Promise

from billing.tests.factories import make_invoice, pay
from bookings.choices import Status
from bookings.tests.factories import make_waiting
from bookings.tests.rows import free, visit
from dashboards.figures import cache as module
from dashboards.figures.cache import Cached, cached
from dashboards.figures.figure_set import FigureSet
from dashboards.figures.periods import Period
from dashboards.figures.types import Scope
from doctors.models import DoctorProfile
from integrations.tests.factories import make_message
from patients.models import PatientProfile

NOW = datetime(2026, 8, 5, 11, 0, tzinfo=UTC)
PATIENCE = 120  # seconds


class Counting:
    """Something to compute that knows how often it was; `gate` holds it up until it is set."""

    def __init__(self) -> None:
        self.times = 0
        self.gate: threading.Event | None = None
        self.begun = threading.Event()

    def __call__(self) -> int:
        self.times += 1
        self.begun.set()
        if self.gate:
            assert self.gate.wait(PATIENCE)
        return self.times


@pytest.fixture
def compute() -> Counting:
    return Counting()


def test_for_five_minutes_nothing_is_computed_again(compute: Counting) -> None:
    first = cached("x", compute, now=NOW)
    second = cached("x", compute, now=NOW + timedelta(minutes=4, seconds=59))

    assert (first, second) == (Cached(1, NOW), Cached(1, NOW))
    assert cached("x", compute, now=NOW + timedelta(minutes=5)) == Cached(2, NOW + timedelta(minutes=5))


def test_each_name_is_cached_separately(compute: Counting) -> None:
    assert [cached(name, compute, now=NOW).value for name in ("x", "y", "x")] == [1, 2, 1]


def test_nothing_found_is_cached_as_well() -> None:
    computed = []
    for _ in range(2):
        assert cached("none", lambda: computed.append(1), now=NOW).value is None
    assert computed == [1]


def test_by_hand_it_is_computed_anew_but_not_more_than_every_ten_seconds(compute: Counting) -> None:
    cached("x", compute, now=NOW)

    assert cached("x", compute, now=NOW + timedelta(seconds=9), renew=True).value == 1
    assert cached("x", compute, now=NOW + timedelta(seconds=10), renew=True).value == 2


def test_while_one_computes_the_others_get_the_old_one(compute: Counting) -> None:
    cached("x", compute, now=NOW)
    later, compute.gate = NOW + timedelta(minutes=6), threading.Event()
    compute.begun.clear()
    found: list[Cached[int]] = []
    one = threading.Thread(target=lambda: found.append(cached("x", compute, now=later)))
    one.start()
    assert compute.begun.wait(PATIENCE)

    assert cached("x", compute, now=later) == Cached(1, NOW)

    compute.gate.set()
    one.join(PATIENCE)
    assert found == [Cached(2, later)]
    assert compute.times == 2


def test_of_many_who_come_first_one_computes_and_the_others_wait_for_it(compute: Counting) -> None:
    compute.gate = threading.Event()
    found: list[int] = []
    crowd = [threading.Thread(target=lambda: found.append(cached("x", compute, now=NOW).value)) for _ in range(8)]
    for thread in crowd:
        thread.start()
    assert compute.begun.wait(PATIENCE)
    compute.gate.set()
    for thread in crowd:
        thread.join(PATIENCE)

    assert found == [1] * 8
    assert compute.times == 1


def test_who_waits_in_vain_computes_alone(compute: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.1)
    cache.add(f"figures:{module.VERSION}:x:computing", 1)  # somebody who died over it

    assert cached("x", compute, now=NOW).value == 1


def test_after_a_failure_the_next_one_computes(compute: Counting) -> None:
    def fail() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cached("x", fail, now=NOW)

    assert cached("x", compute, now=NOW).value == 1


@pytest.mark.parametrize("broken", ["get", "set", "add", "delete"])
def test_a_cache_that_fails_costs_time_and_nothing_else(
    compute: Counting, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broken: str
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise ConnectionError("Redis is away")

    monkeypatch.setattr(type(cache._connections["default"]), broken, refuse)

    assert cached("x", compute, now=NOW).value == 1
    assert "out of order" in caplog.text


def test_what_nobody_can_read_any_more_is_computed_again(compute: Counting) -> None:
    cache.set(f"figures:{module.VERSION}:x", {"from": "an older version"})

    assert cached("x", compute, now=NOW).value == 1


# In no language


def parts_of(value: Any) -> Iterator[Any]:
    """The value and all that is in it."""
    yield value
    inside: list[Any] = list(value) if isinstance(value, list | tuple) else []
    if isinstance(value, dict):
        inside = [*value, *value.values()]
    elif is_dataclass(value):
        inside = [getattr(value, part.name) for part in fields(value)]
    for part in inside:
        yield from parts_of(part)


@pytest.mark.django_db
def test_no_figure_is_cached_in_the_language_of_whoever_came_first(
    doctor: DoctorProfile, pat: PatientProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    for days, status in enumerate([Status.CONFIRMED, Status.COMPLETED, Status.CANCELLED, Status.NO_SHOW]):
        visit(pat, doctor, NOW - timedelta(days=days), status)
    for hours in (1, 2, 3):
        free(doctor, NOW + timedelta(hours=hours))
    make_waiting(doctor=doctor, patient=pat, now=NOW)
    make_message()
    pay(make_invoice(doctor=doctor, patient=pat), 1_000)
    stored: dict[str, Any] = {}
    translated: list[str] = []
    monkeypatch.setattr(module.cache, "keep", lambda key, value, seconds: stored.update({key: value}))
    for name in ("gettext", "pgettext", "ngettext", "npgettext"):
        monkeypatch.setattr(translation._trans, name, lambda *words: translated.append(words[0]) or words[0])

    FigureSet(Period((NOW - timedelta(days=6)).date(), NOW.date()), Scope(), NOW).renew_all()

    assert len(stored) == 10
    assert "Ada Able" in str(stored)
    assert translated == []
    assert [part for part in parts_of(stored) if isinstance(part, Promise)] == []
    assert translation.gettext("Seen") == "Seen"  # seen by the one who listens
    assert translated == ["Seen"]
