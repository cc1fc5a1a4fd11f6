"""Text as people type and read it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.text.folding import duration_words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "0 minutes"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=23), "23 hours"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=365), "365 days"),
    ],
)
def test_a_length_of_time_is_said_in_the_largest_unit_that_is_exact(length: timedelta, words: str) -> None:
    assert duration_words(length) == words
