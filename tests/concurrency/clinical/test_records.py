"""Two who write one record at once (F1): one wins, the other is told; no version is lost and no number given twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pgtrigger
import pytest

import clinical.services.sign as signing
from bookings.choices import Status
from bookings.models import Booking
from bookings.services.steps import check_in, confirm
from bookings.tests.factories import make_booking
from clinical.models import RecordDraft, TreatmentRecordVersion
from clinical.services.drafts import save_draft
from clinical.services.sign import sign
from clinical.tests.factories import ASTHMA
from core import clock
from doctors.tests.factories import make_doctor, make_slot
from patients.models import PatientProfile
from tests.concurrency.support.crowd import Crowd, outcomes
from tests.concurrency.support.doses import MANY
from tests.concurrency.support.guards import meet_after, unlock, without_constraint


def visit(patient: PatientProfile) -> Booking:
    """A visit whose patient is checked in, on its day."""
    slot = make_slot(make_doctor())
    booking = make_booking(slot=slot, patient=patient)
    by = booking.doctor.user
    if booking.status == Status.PENDING:
        booking = confirm(booking=booking, by=by, now=booking.created_at)
    return check_in(booking=booking, by=by, now=slot.starts_at)


def signs(booking: Booking, *, based_on: int) -> Callable[[], TreatmentRecordVersion]:
    return lambda: sign(
        booking=booking,
        content=ASTHMA,
        based_on=based_on,
        reason="A word was wrong",
        by=booking.doctor.user,
        now=clock.now(),
    )


def test_of_two_amendments_at_once_one_wins(crowd: Crowd, patients: list[PatientProfile]) -> None:
    """A hundred rounds, the first of them two who sign the record itself."""
    booking = visit(patients[0])
    for number in range(MANY):
        answers = crowd.rush([signs(booking, based_on=number)] * 2)

        assert outcomes(answers) == Counter(done=1, RecordChanged=1), number
    assert [version.number for version in TreatmentRecordVersion.objects.all()] == list(range(1, MANY + 1))


def test_of_two_tabs_saving_one_draft_one_is_told(crowd: Crowd, patients: list[PatientProfile]) -> None:
    booking = visit(patients[0])

    def saves(text: str, revision: int) -> Callable[[], Any]:
        by, now = booking.doctor.user, clock.now()
        return lambda: save_draft(booking=booking, typed={"notes": text}, based_on=0, revision=revision, by=by, now=now)

    for revision in range(MANY):
        answers = crowd.rush([saves("one", revision), saves("other", revision)])

        assert outcomes(answers) == Counter(done=1, RecordChanged=1)
        won = "one" if answers[0].error is None else "other"
        assert RecordDraft.objects.get().typed == {"notes": won}
    assert RecordDraft.objects.get().revision == MANY


def test_without_lock_and_constraint_two_amendments_share_a_number(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: nothing but the lock and the constraint keeps them apart."""
    booking = visit(patients[0])
    signs(booking, based_on=0)()
    unlock(monkeypatch, Booking)
    meet_after(monkeypatch, signing, "check_amendment", parties=2)
    act = signs(booking, based_on=1)

    def unguarded() -> TreatmentRecordVersion:
        with pgtrigger.ignore("clinical.TreatmentRecordVersion:version_comes_next"):
            return act()

    with without_constraint(TreatmentRecordVersion, "version_number_once"):
        answers = crowd.rush([unguarded] * 2)

        assert outcomes(answers) == Counter(done=2)
        assert [version.number for version in TreatmentRecordVersion.objects.all()] == [1, 2, 2]


def test_without_the_lock_the_constraint_is_behind_it(
    crowd: Crowd, patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = visit(patients[0])
    signs(booking, based_on=0)()
    unlock(monkeypatch, Booking)
    meet_after(monkeypatch, signing, "check_amendment", parties=2)

    answers = crowd.rush([signs(booking, based_on=1)] * 2)

    assert outcomes(answers) == Counter(done=1, RecordChanged=1)
    assert TreatmentRecordVersion.objects.count() == 2
