"""A patient's account is closed while they book (H3): either the closing sees the appointment, or there is none."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from accounts.models import User
from bookings import closing, services
from bookings.models import Booking, WaitingEntry
from bookings.rules import AccountIsClosed
from core import clock
from doctors.models import Slot
from doctors.tests.factories import make_doctor
from patients.models import PatientProfile
from patients.tests.factories import make_person
from tests.concurrency import invariants
from tests.concurrency.crowd import Crowd, outcomes
from tests.concurrency.guards import start_inside
from tests.concurrency.steps import books, diary, waits

ROUNDS = 15


def closes(patient: PatientProfile) -> Callable[[], closing.Closed]:
    return lambda: closing.close_patient(user=patient.user, decisions={}, by=patient.user, now=clock.now())


def books_for(child: PatientProfile, slot: Slot) -> Callable[[], Booking]:
    return lambda: services.book(slot_id=slot.pk, person_id=child.pk, by=child.guardian, now=clock.now())


def unseen() -> int:
    """Appointments of accounts that were closed with a decision about none."""
    return Booking.objects.upcoming(clock.now()).filter(booked_by__is_active=False).count()


def while_closing(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> Callable[[], Any]:
    """`act`, begun when who closes holds the locks and has decided."""
    return start_inside(monkeypatch, closing, "close_account", act)


def believe_what_was_read_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The account as it came with the lock of its patient; nobody looks again."""
    bookable = services.bookable

    def and_open(patient: PatientProfile, by: User) -> PatientProfile:
        if not patient.account.is_active:
            raise AccountIsClosed
        return bookable(patient, by)

    monkeypatch.setattr(services, "bookable", and_open)
    monkeypatch.setattr(services, "_look_again", lambda *_: (None, False))


def test_who_books_while_the_account_is_closed_is_seen_or_refused(crowd: Crowd, patients: list[PatientProfile]) -> None:
    told: set[str] = set()
    for patient in patients[:ROUNDS]:
        slots = diary(make_doctor(), 3)
        acts = [*(books(patient, slot) for slot in slots), books_for(make_person(patient), slots[0])]

        closed, *rest = crowd.rush([closes(patient), *acts])

        told |= {name for name in outcomes(rest) if name != "done"}
        assert type(closed.error) in {type(None), closing.AppointmentsChanged}
        assert User.objects.get(pk=patient.user_id).is_active == (closed.error is not None)
        assert unseen() == 0
    assert told <= {"AccountIsClosed", "SlotTaken"}
    assert invariants.broken() == {}


@pytest.mark.parametrize("for_a_child", [False, True])
def test_who_waited_for_the_lock_of_a_closing_is_refused(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch, for_a_child: bool
) -> None:
    slot = diary(make_doctor(), 1)[0]
    act = books_for(make_person(patients[0]), slot) if for_a_child else books(patients[0], slot)

    answers = crowd.rush([closes(patients[0]), while_closing(monkeypatch, act)])

    assert outcomes(answers) == {"done": 1, "AccountIsClosed": 1}
    assert not Booking.objects.exists()
    assert invariants.broken() == {}


def test_who_waited_to_join_a_waiting_list_is_refused(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    joins = partial(waits, patients[0], make_doctor())

    answers = crowd.rush([closes(patients[0]), while_closing(monkeypatch, joins)])

    assert outcomes(answers) == {"done": 1, "AccountIsClosed": 1}
    assert not WaitingEntry.objects.filter(state="WAITING").exists()


def test_believing_what_came_with_the_lock_books_for_a_closed_account(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without looking again, the account joined to the locked patient is as old as the wait."""
    slot = diary(make_doctor(), 1)[0]
    believe_what_was_read_before(monkeypatch)

    answers = crowd.rush([closes(patients[0]), while_closing(monkeypatch, books(patients[0], slot))])

    assert outcomes(answers) == {"done": 2}
    assert unseen() == 1
