"""Every refusal leaves a trace: one structured line, and a count by class.

Whatever rule said no (`DomainError`), for whatever was waited too long (`Busy`) and whatever was away (`Unavailable`, a
lost database): one line tells the class, the role of whoever asked, the slot or booking it was about, and the request's
id. So "why could this patient not book at 10:14?" has an answer, and nothing personal stands in it.

One boundary for all: `traced` is around each request and each job. An error that was made, but raised by nobody, is
no refusal: rules hand some out for a page to explain beforehand. Nor is what `permissions` asks for a page's buttons.
"""

from __future__ import annotations

import logging
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from threading import Lock
from types import TracebackType
from typing import Any
from uuid import UUID

from django.db import Error as DatabaseError
from django.utils.functional import LazyObject, empty

from core import cache, clock
from core.errors import DomainError, Overloaded, Unavailable, is_outage, refusals_held, sqlstate
from core.web.logs import actor_role

logger = logging.getLogger("hms.refusals")

KEPT_SECONDS = 8 * 24 * 60 * 60
REFERENCE = re.compile("[BCDFGHJKMNPQRSTVWXYZ2-9]{4}-[BCDFGHJKMNPQRSTVWXYZ2-9]{4}")  # of an appointment
# Names by which services call what they work on; of each only its key is told.
SUBJECTS = (
    *("slot_id", "slot", "booking", "booking_id", "reference", "hold", "hold_id", "entry", "entry_id", "doctor"),
    *("patient", "guardian", "user", "user_id"),
)
# Two hundred who lose one time are one number to write: the shared row of a class is written to this often at most.
SECONDS_BETWEEN = 2.0
_UNSENT: Counter[tuple[str, date]] = Counter()
_UNSENT_LOCK = Lock()


class _Sending:
    """Of this process: when it last sent its counts, and whether there is one that only waits for its turn."""

    at = float("-inf")
    is_due = False


@contextmanager
def traced() -> Iterator[None]:
    """Around a request or a job: whatever was refused inside is told at the end. Inside another one, nothing."""
    if refusals_held.get() is not None:
        yield
        return
    token = refusals_held.set([])
    try:
        yield
    finally:
        held = refusals_held.get() or []
        refusals_held.reset(token)
        for error in held:
            if error.__traceback__ is not None and not _was_a_question(error.__traceback__):
                _tell(error)


def _was_a_question(trace: TracebackType) -> bool:
    """Whether a page only asked what is possible, to show or leave out a button: `permissions` caught the answer."""
    return str(trace.tb_frame.f_globals.get("__name__", "")).rpartition(".")[2] == "permissions"


def outage(error: BaseException) -> None:
    """Something a request or a job needs was away, or took too long."""
    _tell(error, level=logging.WARNING)


def counts(day: date) -> dict[str, int]:
    """How often each class of refusal was told on a day of the hospital, by name: for figures and metrics.

    Other processes may have a few more, of their last seconds at work, that they send with their next.
    """
    if _Sending.is_due:
        _send()
    found = {name: cache.read(_key(name, day)) for name in sorted(_names())}
    return {name: int(number) for name, number in found.items() if number}


def _names() -> set[str]:
    classes: list[type] = [DomainError, Unavailable, Overloaded, DatabaseError]
    for known in classes:  # grows while it is walked
        classes.extend(known.__subclasses__())
    return {known.__name__ for known in classes}


def _tell(error: BaseException, level: int = logging.INFO) -> None:
    name, cause = type(error).__name__, error.__cause__
    facts = {
        "error": name,
        "role": actor_role.get(),
        "sqlstate": sqlstate(error) or (sqlstate(cause) if cause else None),
        **subjects(error.__traceback__),
    }
    logger.log(level, "Refused: %s", name, extra={"facts": {key: value for key, value in facts.items() if value}})
    _count(name, can_send=not is_outage(error))


def _count(name: str, *, can_send: bool) -> None:
    """Summed over all processes in the shared cache: at once after a quiet moment, in a rush together with the next;
    while something is away, here, and sent with the next."""
    with _UNSENT_LOCK:
        _UNSENT[name, clock.hospital_day(clock.now())] += 1
    if not can_send:
        return
    _Sending.is_due = True
    if time.monotonic() >= _Sending.at + SECONDS_BETWEEN:
        _send()


def _send() -> None:
    with _UNSENT_LOCK:
        waiting = dict(_UNSENT)
        _UNSENT.clear()
        _Sending.at, _Sending.is_due = time.monotonic(), False
    for (known, day), number in waiting.items():
        if not cache.count(_key(known, day), KEPT_SECONDS, by=number):
            with _UNSENT_LOCK:
                _UNSENT[known, day] += number


def _key(name: str, day: date) -> str:
    return f"refusals:{day.isoformat()}:{name}"


def subjects(trace: TracebackType | None) -> dict[str, str]:
    """The keys of what the refused call was about, as the innermost function that has them calls it."""
    found: dict[str, str] = {}
    while trace is not None:
        local = trace.tb_frame.f_locals
        found |= {name: key for name in SUBJECTS if name in local and (key := _key_of(local[name], name))}
        trace = trace.tb_next
    return found


def _key_of(value: Any, name: str) -> str:
    """A number, a UUID, the reference of an appointment: never what somebody typed or is called, nor what would have to
    be fetched first. To ask the database who was signed in, because it is away, is to wait for it once more."""
    if issubclass(type(value), LazyObject) and value._wrapped is empty:  # noqa: SLF001  to ask it anything fetches it
        return ""
    if isinstance(value, bool):
        return ""
    if isinstance(value, int | UUID):
        return str(value)
    if isinstance(value, str):
        return value if name == "reference" and REFERENCE.fullmatch(value) else ""
    reference = getattr(value, "reference", None)
    if isinstance(reference, str) and REFERENCE.fullmatch(reference):
        return reference
    key = getattr(value, "pk", None)
    return str(key) if isinstance(key, int | UUID) else ""
