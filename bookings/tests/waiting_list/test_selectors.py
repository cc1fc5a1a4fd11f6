"""What a home shows of the waiting list is what the list itself says (C9)."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from bookings.tests.conftest import NOW
from bookings.tests.factories import make_waiting
from bookings.waiting_list.presenters import waiting_cards
from bookings.waiting_list.selectors import waiting_cards_of, waiting_entries
from doctors.tests.factories import make_doctor
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(days=1, hours=12), timedelta(days=2), timedelta(days=9)])
def test_the_cards_are_of_the_wishes_that_still_stand(ahead: timedelta, django_assert_num_queries: Any) -> None:
    """A wish for a night stands until its last hour, on the day after the last."""
    patient, now = make_patient(), NOW + ahead
    make_waiting(patient=patient, doctor=make_doctor(), now=NOW, days=(0, 1), hours=(time(22), time(4)))
    make_waiting(patient=patient, doctor=make_doctor(), now=NOW, days=(0, 2))
    make_waiting(doctor=make_doctor(), now=NOW)
    expected = waiting_cards(waiting_entries(patient.user, now), [], patient.user)
    with django_assert_num_queries(1):
        shown = waiting_cards(waiting_cards_of(patient.user, now), [], patient.user)

    assert shown == expected
    assert bool(shown) == (ahead.days != 9)


def test_whoever_may_not_come_in_any_more_is_shown_nothing() -> None:
    patient = make_patient()
    make_waiting(patient=patient, doctor=make_doctor(), now=NOW)
    assert len(waiting_cards_of(patient.user, NOW)) == 1
    patient.user.is_active = False
    assert waiting_cards_of(patient.user, NOW) == []
