"""All access is ended while somebody who is in makes another way in, with real threads (A6)."""

from __future__ import annotations

from typing import Any

import pytest

from accounts import access, services
from accounts.models import User
from bookings.calendars import feeds
from core import clock
from patients.tests.factories import make_patient
from tests.concurrency.support.crowd import Crowd
from tests.concurrency.support.guards import start_inside
from tests.hardening.test_all_roads_end_access import ROADS


def race(crowd: Crowd, monkeypatch: pytest.MonkeyPatch, road: str) -> list[Any]:
    """The address is asked for once the account is locked, while it is looked whether any access is left."""
    ada = make_patient().user
    seen = User.objects.get(pk=ada.pk)
    makes = start_inside(monkeypatch, access, "check_all_ended", lambda: feeds.make_feed(user=seen, now=clock.now()))
    ends, made = crowd.rush([lambda: ROADS[road](ada), makes])
    assert ends.error is None
    return [type(made.error).__name__, feeds.feed_of(ada) is not None]


@pytest.mark.parametrize("road", ROADS)
def test_what_is_made_while_all_access_ends_does_not_outlive_it(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch, road: str
) -> None:
    assert race(crowd, monkeypatch, road) == ["AccountChanged", False]


@pytest.mark.parametrize("road", ["end_all_access", "reset_second_factor"])
def test_control_without_the_stamp_it_does(crowd: Crowd, monkeypatch: pytest.MonkeyPatch, road: str) -> None:
    """The password alone says nothing where it stays the same."""
    monkeypatch.setattr(services, "_seen_of", lambda user: user.password)
    assert race(crowd, monkeypatch, road) == ["NoneType", True]
