from __future__ import annotations

import pytest

from doctors.tests.factories import make_doctor
from integrations.google_calendar.fake import FakeGoogle
from integrations.tests.google import google
from patients.tests.factories import make_patient
from tests.calendars.browser import Browser
from tests.calendars.people import Pair, connected_pair

__all__ = ["google"]


@pytest.fixture
def patient(google: FakeGoogle) -> Browser:
    return Browser(make_patient().user)


@pytest.fixture
def doctor(google: FakeGoogle) -> Browser:
    return Browser(make_doctor().user)


@pytest.fixture
def pair(google: FakeGoogle) -> Pair:
    return connected_pair(google)
