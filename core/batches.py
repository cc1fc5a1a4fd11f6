"""Many things to do in one run of a job: one that can't be done holds up none of the others."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from django.db import Error as DatabaseError
from django.db import connection
from django.utils.crypto import salted_hmac

from core.errors import Busy, translated

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
ENDS_AFTER = 5


@dataclass
class Unfinished:
    """How many items of a run were left undone."""

    count: int = 0


_left: ContextVar[Unfinished | None] = ContextVar("left", default=None)


@contextmanager
def counting_left() -> Iterator[Unfinished]:
    """Counts what `process_each` leaves inside, so that the job's last run can say it."""
    left = Unfinished()
    token = _left.set(left)
    try:
        yield left
    finally:
        _left.reset(token)


def process_each(
    items: Iterable[Item],
    step: Callable[[Item], int],
    *,
    what: str,
    ends_on: type[Exception] | None = None,
) -> int:
    """Take `step` with each item, which opens a transaction of its own; says the sum of what the steps answer.

    An item whose rows are in use waits for the next run. One that fails otherwise is logged and left; the rest go on.
    The run ends when `ends_on` (somebody outside does not answer) happened five times in a row.
    Raises the error when the database itself has gone: the items that follow would all fail the same way.
    """
    done = in_a_row = 0
    for item in items:
        try:
            with translated({}):
                done += int(step(item))
        except Exception as error:
            leave(item, error, what)
            in_a_row = in_a_row + 1 if ends_on and isinstance(error, ends_on) else 0
            if in_a_row >= ENDS_AFTER:
                logger.warning("%s: %s in a row, the run ends here.", what, in_a_row)
                break
        else:
            in_a_row = 0
    return done


def in_batches(items: Sequence[Item], step: Callable[[Sequence[Item]], int], *, size: int, what: str) -> int:
    """The same for many small things: `step` takes up to `size` of them in one transaction.

    Of a batch that fails each is taken alone, so that the bad one is found and the others are done.
    """
    done = 0
    for start in range(0, len(items), size):
        batch = items[start : start + size]
        try:
            with translated({}):
                done += int(step(batch))
        except Exception:
            logger.info("%s: a batch of %s could not be done at once; each is taken alone.", what, len(batch))
            done += process_each(batch, lambda item: step([item]), what=what)
    return done


def leave(item: object, error: Exception, what: str) -> None:
    """Log and count an item that could not be done. Raises the error when the database itself has gone."""
    if isinstance(error, Busy):
        logger.warning("%s %s was in use; it is done the next time.", what, _key(item))
    elif not connection.in_atomic_block and not _database_answers():
        raise error
    else:
        # Not the error's own words: those of the database repeat the row, which may be somebody's data.
        logger.error(
            "%s %s could not be done (%s at %s); the others go on.", what, _key(item), type(error).__name__, _at(error)
        )
    left = _left.get()
    if left is not None:
        left.count += 1


def _at(error: Exception) -> str:
    """Where it happened: our own lines on the way to it."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename]
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in ours[-4:])


def _key(item: object) -> object:
    """A row by its key: what it says of itself may be somebody's name. A key in words by its digest: that of a session
    would let in whoever reads the log."""
    key = getattr(item, "pk", item)
    return salted_hmac("core.batches.key", key, algorithm="sha256").hexdigest()[:12] if isinstance(key, str) else key


def _database_answers() -> bool:
    try:
        connection.ensure_connection()
        return bool(connection.is_usable())
    except DatabaseError:
        return False
