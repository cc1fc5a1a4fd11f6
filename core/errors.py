"""Errors a person is told about, and how the database's own errors become them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import Error as DatabaseError

# https://www.postgresql.org/docs/18/errcodes-appendix.html
_LOCK_NOT_AVAILABLE = "55P03"
_DEADLOCK_DETECTED = "40P01"
_SERIALIZATION_FAILURE = "40001"
_QUERY_CANCELED = "57014"
_BUSY = {_LOCK_NOT_AVAILABLE, _DEADLOCK_DETECTED, _SERIALIZATION_FAILURE, _QUERY_CANCELED}


class DomainError(Exception):
    """A rule said no. `message` is a plain sentence for the person who asked."""

    message = "That can't be done."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.message)
        if message:
            self.message = message


class Busy(DomainError):
    """Others were using the same rows for too long; nothing was changed."""

    message = "A lot of people are booking right now. Nothing was changed: please try again."


def constraint_name(error: BaseException) -> str | None:
    """The name of the constraint a database error speaks of, if any."""
    diagnostics = getattr(error.__cause__, "diag", None)
    return getattr(diagnostics, "constraint_name", None)


@contextmanager
def translated(by_constraint: Mapping[str, type[DomainError]]) -> Iterator[None]:
    """Turn named constraint violations and lock time-outs into our errors.

    Put it *around* the transaction: PostgreSQL has rolled back by the time it speaks.
    An error it does not know passes through unchanged.
    """
    try:
        yield
    except DatabaseError as error:
        known = by_constraint.get(constraint_name(error) or "")
        if known is not None:
            raise known from error
        if getattr(error.__cause__, "pgcode", None) in _BUSY:
            raise Busy from error
        raise


class Crowded(Exception):
    """Too many ask at once for something costly: a moment later it works. Becomes a 503 with Retry-After."""

    message = "Many people are signing in just now. Go back, wait a few seconds and try again."
