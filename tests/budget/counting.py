"""What a request costs, in numbers that are the same on every machine: SQL statements, and calls of Python functions.

The request goes through the whole application as a web server hands it over, without the test client's own work.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import connection
from django.test.utils import CaptureQueriesContext

TIMES, COUNTED = 6, 3
Request = Callable[[], WSGIRequest]  # made anew for each time it is asked


@dataclass(frozen=True)
class PageCost:
    """`calls` of functions written in Python; those of C are not counted."""

    statements: int
    calls: int


class Counter:
    """Counts while it is the profile function of this thread."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, _frame: FrameType, event: str, _about: Any) -> None:
        if event == "call":
            self.calls += 1

    def __enter__(self) -> Counter:
        gc.disable()  # what it throws away calls functions as well, whenever it comes by
        self._before = sys.getprofile()
        sys.setprofile(self)
        return self

    def __exit__(self, *_error: object) -> None:
        sys.setprofile(self._before)
        gc.enable()


def answer(application: WSGIHandler, request: WSGIRequest) -> tuple[int, bytes]:
    """Hand the request over and take the whole answer: its status and its body."""
    told: list[str] = []
    response = application(request.environ, lambda status, _headers: told.append(status))
    body = b"".join(response)
    response.close()
    return int(told[0].split()[0]), body


def check(found: int, body: bytes, status: int, says: str) -> None:
    if found != status or says not in body.decode(errors="replace"):
        raise AssertionError(f"answered with {found}: {body[:300]!r}")


def cost(application: WSGIHandler, ask: Request, *, status: int, says: str, before: Callable[[], object]) -> PageCost:
    """The least of the last, when all is warm. `before` each, not counted. Raises AssertionError for another
    answer than `status` and the words it `says`: a page that fails is cheap."""
    calls, statements = [], []
    for _ in range(TIMES):
        request = ask()
        before()
        with Counter() as counter:
            found, body = answer(application, request)
        assert (found, says in body.decode(errors="replace")) == (status, True), (
            f"answered with {found}: {body[:300]!r}"
        )
        calls.append(counter.calls)
    for _ in range(2):
        request = ask()
        before()
        with CaptureQueriesContext(connection) as captured:
            answer(application, request)
        statements.append(len(captured))
    return PageCost(statements=min(statements), calls=min(calls[-COUNTED:]))
