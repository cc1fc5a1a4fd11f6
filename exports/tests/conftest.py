from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from exports.tests import kinds


@pytest.fixture(autouse=True)
def test_kinds(settings: Any) -> Iterator[None]:
    """The kinds of the tests, as good as new."""
    settings.EXPORT_KINDS = kinds.KINDS
    for kind in (kinds.QUICK, kinds.BROKEN, kinds.WATCHED, kinds.SLOW):
        kind.__init__()  # type: ignore[misc]
    yield
    kinds.WatchedKind.does = staticmethod(lambda progress: None)
