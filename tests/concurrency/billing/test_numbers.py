"""Numbers without gaps (G1): sixteen who issue at once, and a fifth of what they issue is rolled back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from billing import locks
from billing.models import Invoice
from billing.services import issuing
from billing.services.drafts import LineDraft, draft_for_patient
from billing.tests.factories import make_clerk
from core import clock
from patients.models import PatientProfile
from tests.concurrency.support.crowd import Crowd, outcomes

CLERKS, EACH = 16, 25
DRAFTS = CLERKS * EACH


class PowerCut(Exception):
    """After the number was taken, and before the end."""


@pytest.fixture
def drafts(patients: list[PatientProfile], monkeypatch: pytest.MonkeyPatch) -> list[Invoice]:
    """A fifth of which is never issued: the transaction ends when everything is written."""
    clerk, now, lines = make_clerk(), clock.now(), [LineDraft("Certificate", 1_000)]
    found = [draft_for_patient(patient=patients[n % 16], lines=lines, by=clerk, now=now) for n in range(DRAFTS)]
    unlucky = {draft.pk for draft in found[::5]}

    def issued(invoice: Invoice) -> list[Any]:
        if invoice.pk in unlucky:
            raise PowerCut
        return []

    monkeypatch.setattr(issuing.messages, "issued", issued)
    return found


def rush(crowd: Crowd, drafts: list[Invoice]) -> Counter[str]:
    clerk = drafts[0].created_by
    assert clerk is not None
    answers = crowd.rush([_issues(drafts[n::CLERKS], clerk) for n in range(CLERKS)])
    return sum((answer.value for answer in answers), Counter()) if outcomes(answers) == {"done": CLERKS} else Counter()


def _issues(drafts: list[Invoice], by: User) -> Callable[[], Counter[str]]:
    def act() -> Counter[str]:
        ends: Counter[str] = Counter()
        for draft in drafts:
            try:
                issuing.issue(invoice=draft, by=by, now=clock.now())
                ends["issued"] += 1
            except PowerCut:
                ends["rolled back"] += 1
        return ends

    return act


def sequences() -> list[int]:
    return sorted(number for number in Invoice.objects.values_list("sequence", flat=True) if number)


def test_no_number_is_skipped_or_given_twice(crowd: Crowd, drafts: list[Invoice]) -> None:
    ends = rush(crowd, drafts)

    assert ends == {"issued": DRAFTS * 4 // 5, "rolled back": DRAFTS // 5}
    assert sequences() == list(range(1, ends["issued"] + 1))


@pytest.fixture
def by_sequence(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def next_number(series: str, year: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('numbers_of_this_test')")
            return int(cursor.fetchone()[0])

    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE numbers_of_this_test")
    monkeypatch.setattr(locks, "next_number", next_number)
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP SEQUENCE numbers_of_this_test")


def test_a_sequence_of_the_database_leaves_gaps(crowd: Crowd, by_sequence: None, drafts: list[Invoice]) -> None:
    """The control: what is rolled back has used its number up."""
    ends = rush(crowd, drafts)

    assert ends["issued"] == DRAFTS * 4 // 5
    assert len(set(sequences())) == ends["issued"]
    assert max(sequences()) > ends["issued"]
