"""Two beats that make the same reports at once (D5): each doctor has one, and one mail."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from threading import Barrier, local
from typing import Any

import pytest

from accounts.models import User
from bookings.tests.rows import free
from integrations.models import OutgoingMessage
from reports import services
from reports.messages import MONTHLY_REPORT
from reports.models import MonthlyReport
from reports.services import make_reports
from reports.tests.factories import make_old_hand
from tests.concurrency.support.crowd import Answer, Crowd, outcomes, values
from tests.concurrency.support.guards import PATIENCE, meet_after, unlock, without_constraint

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
FIRST = datetime(2026, 12, 1, 9, tzinfo=UTC)
OCTOBER = date(2026, 10, 1)
DOCTORS, ROUNDS = 6, 12


def reports_of(month: date) -> int:
    return MonthlyReport.objects.filter(month=month).count()


def rounds() -> list[datetime]:
    """The hour of the report in each of the months that follow."""
    return [datetime(2027 + number // 12, number % 12 + 1, 1, 9, tzinfo=UTC) for number in range(ROUNDS)]


def test_two_beats_make_each_report_and_its_mail_once(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="core.batches")
    for _ in range(DOCTORS):
        doctor = make_old_hand()
        for now in (FIRST, *rounds()):
            free(doctor, now - timedelta(days=9))  # in the month to be reported on: of nothing there would be no mail
    make_reports(now=FIRST)
    meet_after(monkeypatch, services, "doctors_without_report", parties=2)  # both think that all are still to be made

    for number, now in enumerate(rounds()):
        answers = crowd.rush([partial(make_reports, now=now)] * 2)

        assert outcomes(answers) == Counter(done=2)
        assert sum(values(answers)) == DOCTORS, number
    assert "could not be done" not in caplog.text  # who comes second sees them made, and isn't refused by the database
    assert MonthlyReport.objects.count() == DOCTORS * (3 + ROUNDS)
    assert OutgoingMessage.objects.filter(action=MONTHLY_REPORT).count() == DOCTORS * (1 + ROUNDS)


def meet_once(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """As `meet_after`, for what one of the two asks a second time, alone."""
    asks: Callable[..., Any] = getattr(services, name)
    meeting, met = Barrier(2), local()

    def ask_together(*args: Any) -> Any:
        answer = asks(*args)
        if not getattr(met, "once", False):
            met.once = True
            meeting.wait(timeout=PATIENCE)
        return answer

    monkeypatch.setattr(services, name, ask_together)


@pytest.fixture
def race(crowd: Crowd, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Answer]]:
    """Two beats and one doctor; both have seen that there is no report before either writes it."""

    def run() -> list[Answer]:
        free(make_old_hand(since=datetime(2026, 10, 5, tzinfo=UTC)), datetime(2026, 10, 6, 9, tzinfo=UTC))
        unlock(monkeypatch, User)
        meet_once(monkeypatch, "reported")
        return crowd.rush([partial(make_reports, now=NOW)] * 2)

    return run


def test_without_lock_and_constraint_there_are_two(race: Callable[[], list[Answer]]) -> None:
    """The control: nothing but the lock and the constraint keeps them apart."""
    with without_constraint(MonthlyReport, "report_once_a_month"):
        answers = race()

        assert outcomes(answers) == Counter(done=2)
        assert reports_of(OCTOBER) == 2
    assert OutgoingMessage.objects.filter(action=MONTHLY_REPORT).count() == 1  # its key counts once


def test_without_the_lock_the_constraint_is_behind_it(race: Callable[[], list[Answer]]) -> None:
    answers = race()

    assert outcomes(answers) == Counter(done=2)
    assert sum(values(answers)) == 1
    assert reports_of(OCTOBER) == 1
    assert OutgoingMessage.objects.filter(action=MONTHLY_REPORT).count() == 1
