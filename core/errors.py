"""Errors a person is told about, and how the database's own errors become them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# https://www.postgresql.org/docs/18/errcodes-appendix.html
_LOCK_NOT_AVAILABLE = "55P03"
_DEADLOCK_DETECTED = "40P01"
_SERIALIZATION_FAILURE = "40001"
_QUERY_CANCELED = "57014"
_BUSY = {_LOCK_NOT_AVAILABLE, _DEADLOCK_DETECTED, _SERIALIZATION_FAILURE, _QUERY_CANCELED}
# Nothing is wrong with what was asked; the same request works once the database is well again. By class: connection,
# rollback, resources (disk, memory, connections), operator's intervention, system. By code: ended while idle in a
# transaction, ended for its length, and a server that only reads: a standby, or a node that was the primary before.
_OUTAGE_CLASSES = {"08", "40", "53", "57", "58"}
_READ_ONLY = "25006"
_OUTAGE_CODES = {"25P03", "25P04", _LOCK_NOT_AVAILABLE, _READ_ONLY}


# What was refused in this request or job; told when it is over (core/web/refusals.py). None outside of any.
refusals_held: ContextVar[list[BaseException] | None] = ContextVar("refusals of this request", default=None)
MOST_HELD = 1_000  # each holds on to what was at work when it was raised


class DomainError(Exception):
    """A rule said no. `message` is a plain sentence for the person who asked.

    `code` is a programme's word for it, and never changes: what goes by another name later keeps its code. `status` is
    that of the answer, page or other; `retry_after` the seconds after which the same request may work.
    """

    message: str | _StrPromise = _("That can’t be done.")
    code: ClassVar[str] = "not_possible"
    status: ClassVar[int] = 409
    retry_after: ClassVar[int | None] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" not in cls.__dict__:
            cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.message)
        if message:
            self.message = message
        held = refusals_held.get()
        if held is not None and len(held) < MOST_HELD:
            held.append(self)


class Busy(DomainError):
    """Others were using the same rows for too long; nothing was changed."""

    message = _("A lot of people are booking right now. Nothing was changed: please try again.")
    status = 503
    retry_after = 5


class Unavailable(Exception):
    """Something this request needs can't be had just now. Becomes a 503 with Retry-After."""


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's five letters, if it said any: a connection that broke has none."""
    return getattr(error.__cause__, "pgcode", None)


def is_outage(error: BaseException | None) -> bool:
    """Whether a request failed because something it needs is away, and not for what it asked."""
    if isinstance(error, Unavailable):
        return True
    if not isinstance(error, DatabaseError):
        return False
    code = sqlstate(error)
    if code is None:
        return isinstance(error, OperationalError | InterfaceError)
    return code[:2] in _OUTAGE_CLASSES or code in _OUTAGE_CODES


def is_busy(error: BaseException) -> bool:
    """Whether others were using the same rows for too long."""
    return sqlstate(error) in _BUSY


def constraint_name(error: BaseException) -> str | None:
    """The name of the constraint a database error speaks of, if any."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return getattr(diagnostics, "constraint_name", None)


@contextmanager
def translated(by_constraint: Mapping[str, type[DomainError]], *, busy: type[Busy] = Busy) -> Iterator[None]:
    """Turn named constraint violations and lock time-outs into our errors; `busy` says what others are at.

    Put it *around* the transaction: PostgreSQL has rolled back by the time it speaks.
    An error it does not know passes through unchanged.
    """
    try:
        yield
    except DatabaseError as error:
        known = by_constraint.get(constraint_name(error) or "")
        if known is not None:
            raise known from error
        if is_busy(error):
            raise busy from error
        raise


class Overloaded(Exception):
    """Too many ask at once for something costly: a moment later it works. Becomes a 503 with Retry-After."""

    message = _("Many people are signing in right now. Go back, wait a few seconds and try again.")
