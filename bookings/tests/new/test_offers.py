"""What is offered is shared for a moment, and drawn from times of the same moment for everybody."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from bookings.new import offers
from bookings.new.offers import FRESH, offers_for
from bookings.tests.conftest import NOW
from bookings.tests.people import slot_in
from core import remembered
from core.intervals import interval_of
from doctors.choices import SlotState
from doctors.tests.factories import DepartmentFactory, make_doctor

pytestmark = pytest.mark.django_db


def test_whoever_is_elsewhere_is_shown_nothing_older(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [0.0]
    monkeypatch.setattr(remembered, "time", SimpleNamespace(monotonic=lambda: seconds[0]))
    department = DepartmentFactory()
    doctor, colleague = make_doctor(department=department), make_doctor(department=department)
    lost, elsewhere, _free = (slot_in(doctor, days=day) for day in (1, 2, 3))
    taken = slot_in(colleague)
    busy = [interval_of(elsewhere)]
    assert str(taken.pk) in offers_for([], doctor, lost, now=NOW)
    seconds[0] += FRESH - 0.1
    assert str(taken.pk) in offers_for(busy, doctor, lost, now=NOW)

    taken.state = SlotState.BOOKED
    taken.save()
    seconds[0] += FRESH - 0.1

    drawn = offers_for(busy, doctor, lost, now=NOW)
    assert str(taken.pk) not in drawn
    assert str(elsewhere.pk) not in drawn


def test_it_is_drawn_once_for_all_who_are_free_at_the_same_times(monkeypatch: pytest.MonkeyPatch) -> None:
    doctor = make_doctor()
    lost, elsewhere, _free = (slot_in(doctor, days=day) for day in (1, 2, 3))
    drawn, draw = [], offers._draw
    monkeypatch.setattr(offers, "_draw", lambda *given: drawn.append(given) or draw(*given))
    far_away = [interval_of(slot_in(days=20))]

    for busy in ([], far_away, [interval_of(elsewhere)], [interval_of(elsewhere), *far_away], []):
        assert (str(elsewhere.pk) in offers_for(busy, doctor, lost, now=NOW)) == (interval_of(elsewhere) not in busy)

    assert len(drawn) == 2
