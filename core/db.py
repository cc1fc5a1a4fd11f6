"""Transactions and the few PostgreSQL functions that constraints are written with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField
from django.db import connection, transaction
from django.db.models import Func


class Int8Range(Func):
    """`int8range(a, b, '[]')`: lets an integer take part in a GiST exclusion without btree_gist."""

    function = "INT8RANGE"
    output_field = BigIntegerRangeField()


class TsTzRange(Func):
    """`tstzrange(a, b)`: half-open, so that one appointment may begin when another ends."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


@contextmanager
def short_transaction() -> Iterator[None]:
    """One outermost, durable transaction.

    `durable` refuses to run inside another transaction: what a service returns is committed.
    How long it may wait for a lock is set on the connection (hms_project/env.py); `Busy` follows.
    """
    with transaction.atomic(durable=True):
        yield


@contextmanager
def one_moment() -> Iterator[None]:
    """All that is read is as it was at one moment, however many statements read it; nothing may be written.

    One outermost, durable transaction. In a test that is itself one, whose moment has begun already, it only nests.
    """
    with transaction.atomic(durable=True):
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
