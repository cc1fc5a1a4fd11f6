"""A patient's account is closed while they book (H3): either the closing sees the appointment, or there is none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from accounts.models import User
from bookings.account_closure import dependents
from bookings.account_closure import services as account_closure
from bookings.models import Booking, WaitingEntry
from bookings.rules import PatientRef
from bookings.services import book as booking
from bookings.services import book_statements as statements
from bookings.services.book import book
from core import clock
from core.postgres.prepared import Prepared, run
from doctors.models import Slot
from doctors.tests.factories import make_doctor
from patients import services as patient_services
from patients.models import PatientProfile
from patients.services import add_dependent
from patients.tests.factories import make_person
from tests.concurrency.support import invariants
from tests.concurrency.support.crowd import Crowd, outcomes
from tests.concurrency.support.guards import start_inside
from tests.concurrency.support.steps import books, diary, waits

ROUNDS = 15


def closes(patient: PatientProfile) -> Callable[[], account_closure.ClosureResult]:
    return lambda: account_closure.close_patient(user=patient.user, decisions={}, by=patient.user, now=clock.now())


def books_for(child: PatientProfile, slot: Slot) -> Callable[[], Booking]:
    return lambda: book(slot_id=slot.pk, patient_ref=PatientRef.person(child.pk), by=child.guardian, now=clock.now())


def unseen() -> int:
    """Appointments of accounts that were closed with a decision about none."""
    return Booking.objects.upcoming(clock.now()).filter(booked_by__is_active=False).count()


def while_closing(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> Callable[[], Any]:
    """`act`, begun when who closes holds the locks and has decided."""
    return start_inside(monkeypatch, account_closure, "close_account", act)


def believe_what_was_read_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is decided by is read before the wait for the locks, and nobody looks again."""

    def reads_and_locks(
        slot_id: UUID, ref: PatientRef, *, by: User, key: str | None, now: datetime
    ) -> statements.BookingFacts:
        found = statements.facts_of(run(statements.reading(slot_id, ref, by, key, now)))
        run(*statements.locking(slot_id, ref, by))
        return found

    monkeypatch.setattr(booking, "lock_and_read", reads_and_locks)


def test_who_books_while_the_account_is_closed_is_seen_or_refused(crowd: Crowd, patients: list[PatientProfile]) -> None:
    told: set[str] = set()
    assert len(patients) >= ROUNDS
    for patient in patients[:ROUNDS]:
        slots = diary(make_doctor(), 3)
        acts = [*(books(patient, slot) for slot in slots), books_for(make_person(patient), slots[0])]

        closed, *rest = crowd.rush([closes(patient), *acts])

        told |= {name for name in outcomes(rest) if name != "done"}
        assert type(closed.error) in {type(None), account_closure.AppointmentsChanged}
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


def test_believing_what_was_read_before_the_lock_books_for_a_closed_account(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what was read before the wait is as old as the wait is long."""
    slot = diary(make_doctor(), 1)[0]
    believe_what_was_read_before(monkeypatch)

    answers = crowd.rush([closes(patients[0]), while_closing(monkeypatch, books(patients[0], slot))])

    assert outcomes(answers) == {"done": 2}
    assert unseen() == 1


def while_a_child_is_added(monkeypatch: pytest.MonkeyPatch, patient: PatientProfile) -> list[Callable[[], Any]]:
    """Who closes begins while their list is being added to: they know the family as it was, and wait for its lock."""
    adds = partial(add_dependent, guardian=patient.user, full_name="Kit Late", date_of_birth=date(2015, 6, 4))
    return [adds, start_inside(monkeypatch, patient_services, "lock_open", closes(patient))]


def test_somebody_added_to_the_family_meanwhile_is_seen(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    added, closed = crowd.rush(while_a_child_is_added(monkeypatch, patients[0]))

    assert (added.error, type(closed.error)) == (None, account_closure.AppointmentsChanged)
    assert User.objects.get(pk=patients[0].user_id).is_active
    closes(patients[0])()
    assert not User.objects.get(pk=patients[0].user_id).is_active


def test_without_a_second_look_at_the_family_a_new_child_is_booked_for_a_closed_account(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the family stays what it was before the wait, and who books for a child locks the child alone."""
    patient, slot = patients[0], diary(make_doctor(), 1)[0]
    known = {patient.pk}
    monkeypatch.setattr(account_closure, "_keys_of_family", lambda _: known)
    the_child = "SELECT FROM patients_patientprofile WHERE $1::bigint IS NOT NULL AND id = $2 FOR NO KEY UPDATE"
    alone = Prepared("book_lock_the_child", ["bigint", "bigint"], the_child)
    monkeypatch.setattr(statements, "_lock_patients", lambda way: alone)

    def books_for_the_child() -> Booking:
        return books_for(PatientProfile.objects.get(guardian=patient.user), slot)()

    acts = while_a_child_is_added(monkeypatch, patient)
    answers = crowd.rush([*acts, while_closing(monkeypatch, books_for_the_child)])

    assert outcomes(answers) == {"done": 3}
    assert unseen() == 1


def takes_off_the_list(child: PatientProfile) -> Callable[[], None]:
    return partial(dependents.remove_person, person=child, by=child.guardian, now=clock.now())


def waits_for_a_child(child: PatientProfile) -> Callable[[], WaitingEntry]:
    return partial(waits, child, make_doctor(), by=child.guardian)


@pytest.mark.parametrize("looks_again", [True, False])
def test_nobody_waits_who_is_taken_off_the_list_at_that_moment(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch, looks_again: bool
) -> None:
    """With its control: without the rule asked of the locked row, somebody waits who was taken off."""
    child = make_person(patients[0])
    joins = start_inside(monkeypatch, account_closure, "withdraw_from_waiting_lists", waits_for_a_child(child))
    if not looks_again:
        monkeypatch.setattr("bookings.waiting_list.services.bookable", lambda patient, by: patient)

    answers = crowd.rush([takes_off_the_list(child), joins])

    assert outcomes(answers) == ({"done": 1, "NoSuchPerson": 1} if looks_again else {"done": 2})
    assert set(invariants.broken()) == (
        set() if looks_again else {"somebody waits who was taken off a list, or is erased"}
    )
