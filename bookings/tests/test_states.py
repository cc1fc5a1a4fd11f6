"""The life of a booking: every pair of states, for everyone who could act (C5)."""

from __future__ import annotations

from itertools import product

import pytest

from bookings.choices import Status
from bookings.states import TABLE, Actor, TransitionRefused, allowed, check

S, A = Status, Actor

# Written from the words of the requirement, not copied from the code: who may take a booking where.
EXPECTED = {
    (S.PENDING, S.CONFIRMED, A.DOCTOR),
    (S.PENDING, S.CONFIRMED, A.STAFF),
    (S.PENDING, S.CANCELLED, A.PATIENT),
    (S.PENDING, S.CANCELLED, A.DOCTOR),
    (S.PENDING, S.CANCELLED, A.STAFF),
    (S.CONFIRMED, S.CANCELLED, A.PATIENT),
    (S.CONFIRMED, S.CANCELLED, A.DOCTOR),
    (S.CONFIRMED, S.CANCELLED, A.STAFF),
    (S.CONFIRMED, S.CHECKED_IN, A.DOCTOR),
    (S.CONFIRMED, S.CHECKED_IN, A.STAFF),
    (S.CONFIRMED, S.NO_SHOW, A.DOCTOR),
    (S.CONFIRMED, S.NO_SHOW, A.STAFF),
    (S.CONFIRMED, S.NO_SHOW, A.SYSTEM),
    (S.CHECKED_IN, S.COMPLETED, A.DOCTOR),
    (S.CHECKED_IN, S.COMPLETED, A.STAFF),
}


@pytest.mark.parametrize(("current", "to", "actor"), list(product(Status, Status, Actor)))
def test_the_table_allows_exactly_these_steps(current: Status, to: Status, actor: Actor) -> None:
    assert allowed(current=current, to=to, actor=actor) == ((current, to, actor) in EXPECTED)


@pytest.mark.parametrize(("current", "to", "actor"), list(product(Status, Status, Actor)))
def test_a_step_not_in_the_table_is_refused_with_a_sentence(current: Status, to: Status, actor: Actor) -> None:
    if (current, to, actor) in EXPECTED:
        check(current=current, to=to, actor=actor)
        return
    with pytest.raises(TransitionRefused) as refused:
        check(current=current, to=to, actor=actor)
    assert refused.value.message.endswith(".")


@pytest.mark.parametrize("ended", [S.COMPLETED, S.CANCELLED, S.NO_SHOW])
def test_nothing_follows_an_end(ended: Status) -> None:
    assert not any(allowed(current=ended, to=to, actor=actor) for to, actor in product(Status, Actor))


def test_an_acknowledged_cancel_stays_cancelled() -> None:
    with pytest.raises(TransitionRefused, match="has been cancelled"):
        check(current=S.CANCELLED, to=S.CONFIRMED, actor=A.STAFF)


# The column of guards: what the clock says to a step, in words.
GUARDS = {
    (S.PENDING, S.CONFIRMED): "_at_any_time",
    (S.PENDING, S.CANCELLED): "_while_it_may_be_cancelled",
    (S.CONFIRMED, S.CANCELLED): "_while_it_may_be_cancelled",
    (S.CONFIRMED, S.CHECKED_IN): "_when_the_day_has_come",
    (S.CONFIRMED, S.NO_SHOW): "_once_it_was_to_begin",
    (S.CHECKED_IN, S.COMPLETED): "_at_any_time",
}


def test_every_step_has_its_guard_and_only_giving_the_slot_back_is_half_of_a_move() -> None:
    assert {step: entry.guard.__name__ for step, entry in TABLE.items()} == GUARDS
    assert {to for (_, to), entry in TABLE.items() if entry.move_guard} == {S.CANCELLED}
