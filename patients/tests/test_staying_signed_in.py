"""How long a patient stays signed in (A6). Staff: accounts/tests/test_sessions.py."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.tests.browser import LIMITS, is_in, moved_clock, signs_in
from patients.tests.factories import make_patient

pytestmark = pytest.mark.django_db


def test_who_asked_for_it_stays_signed_in_without_a_click_but_not_for_ever(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.SESSION_LIMITS = LIMITS
    make_patient(username="pat")
    clock = moved_clock(monkeypatch)
    keeps, leaves = signs_in("pat", keep=True), signs_in("pat")
    clock.passes(minutes=121)
    assert (is_in(keeps), is_in(leaves)) == (True, False)
    clock.passes(days=14)

    assert not is_in(keeps)
