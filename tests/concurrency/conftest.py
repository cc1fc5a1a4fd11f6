"""One crowd at a time on this machine: its connections must fit into the server, and its answers are timed."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from typing import Any

import pytest

from patients.models import PatientProfile
from patients.tests.factories import make_patient
from tests.concurrency.support.crowd import Crowd

CROWD = 32


@pytest.fixture(autouse=True)
def _alone(settings: Any) -> Iterator[None]:
    with (settings.HMS_HOME / "crowd.lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


@pytest.fixture
def crowd(transactional_db: None) -> Iterator[Crowd]:
    """32 threads with a connection each."""
    people = Crowd(CROWD)
    yield people
    people.close()


@pytest.fixture
def patients(transactional_db: None) -> list[PatientProfile]:
    """As many patients as the crowd has threads."""
    return [make_patient() for _ in range(CROWD)]
