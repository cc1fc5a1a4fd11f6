"""Rows that many tests of a module begin with, made once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction


@contextmanager
def shared_rows(blocker: Any) -> Iterator[None]:
    """For a fixture of a module: what is written while it sets up is there for each test, and gone after the last.

    All of it is one transaction that is never committed; each test has a savepoint of its own in it
    (`pytest.mark.django_db`), so that nothing one test writes is seen by the next. `blocker` is pytest-django's.
    """
    block = transaction.atomic()
    block._from_testcase = True  # what is `durable` may be nested in it, as in Django's own tests
    with blocker.unblock(), block:
        yield
        transaction.set_rollback(True)
