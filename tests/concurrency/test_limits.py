"""What an account books for several people at once is counted all the same, and without the lock it is not."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import pytest

from bookings import rules
from bookings.models import Booking
from bookings.rules import PatientRef
from bookings.services.book import book as book_slot
from core import clock
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from patients.tests.factories import make_patient, make_person
from tests.concurrency.support.crowd import Crowd, outcomes
from tests.concurrency.support.guards import meet_after, unlock
from tests.concurrency.support.steps import Act, diary

PEOPLE, MOST = 8, 3


def for_each(parent: PatientProfile, people: list[PatientProfile]) -> list[Act]:
    """A time for each of them, all from one account, with times and people that never meet."""
    times = [diary(make_doctor(), 1)[0] for _ in people]
    book = partial(book_slot, by=parent.user, now=clock.now())
    return [
        partial(book, slot_id=slot.pk, patient_ref=PatientRef.person(one.pk))
        for one, slot in zip(people, times, strict=True)
    ]


@pytest.mark.parametrize("limit", ["BOOKINGS_PER_ACCOUNT", "BOOKINGS_PER_HOUR"])
def test_an_account_that_books_for_all_at_once_gets_no_more_than_its_limit(
    crowd: Crowd, settings: Any, limit: str
) -> None:
    setattr(settings, limit, MOST)
    for _ in range(5):
        parent = make_patient()
        people = [parent, *(make_person(parent, full_name=f"Kit Number{n}") for n in range(PEOPLE - 1))]
        answers = crowd.rush(for_each(parent, people))
        assert outcomes(answers) == Counter(done=MOST, LimitReached=PEOPLE - MOST)
        assert Booking.objects.filter(booked_by=parent.user).count() == MOST


def test_without_the_lock_of_the_account_the_limit_is_overrun(
    crowd: Crowd, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: they all count before anybody writes."""
    settings.BOOKINGS_PER_ACCOUNT = MOST
    parent = make_patient()
    people = [parent, *(make_person(parent, full_name=f"Kit Number{n}") for n in range(PEOPLE - 1))]
    unlock(monkeypatch, PatientProfile)
    meet_after(monkeypatch, rules, "check_limits", parties=PEOPLE)
    assert outcomes(crowd.rush(for_each(parent, people))) == Counter(done=PEOPLE)
