"""What is said of whatever is written: nested, taken back, and from where."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from audit import services
from audit.context import address_of, current_context


def test_what_is_said_inside_is_taken_back() -> None:
    with services.job("command x"):
        with services.with_reason("the flood"):
            assert current_context() == {"place": "command x", "reason": "the flood"}
        assert current_context() == {"place": "command x"}
    assert current_context() == {}


def test_it_is_taken_back_also_when_something_goes_wrong() -> None:
    with services.job("command x"):
        with pytest.raises(ZeroDivisionError), services.with_reason("the flood"):
            1 / 0  # noqa: B018
        assert current_context() == {"place": "command x"}


def test_what_began_it_says_its_name_not_what_it_calls() -> None:
    with services.job("command x"), services.job("job y"):
        assert current_context() == {"place": "command x"}


def test_no_reason_takes_none_away() -> None:
    with services.job("command x"), services.with_reason("the flood"), services.with_reason(""):
        assert current_context()["reason"] == "the flood"


def test_a_reason_ends_somewhere() -> None:
    with services.with_reason("a" * 5_000):
        assert len(current_context()["reason"]) == 500


@pytest.mark.parametrize(
    ("proxies", "sent", "found"),
    [
        (0, None, "10.0.0.1"),
        (0, "198.51.100.1", "10.0.0.1"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        (2, "1.2.3.4, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        (2, "198.51.100.1", "10.0.0.1"),
        (1, None, "10.0.0.1"),
        (1, "unknown", None),
        (1, " 2001:db8::1 ", "2001:db8::1"),
    ],
)
def test_as_many_proxies_are_believed_as_are_ours(
    rf: RequestFactory, settings: Any, proxies: int, sent: str | None, found: str | None
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    headers = {"x-forwarded-for": sent} if sent else {}

    assert address_of(rf.get("/", headers=headers, REMOTE_ADDR="10.0.0.1")) == found
