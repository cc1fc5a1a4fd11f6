"""Refusals the trail did not take, counted by source and kind; their sum is an entry every quarter of an hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction

from audit.choices import Kind
from audit.entries import Detail, entry_of
from audit.models import Entry, Suppressed
from audit.refusal_limits import ACCOUNT, Refusal, network_of
from core.db import short_transaction

QUARTER = timedelta(minutes=15)
MOST_SOURCES = 500  # of one kind in a quarter of an hour; the rest are counted together
MOST_TOLD = 100  # sources with an entry of their own at a time; the rest are summed in one
OTHERS = "others"

_ADD = """
    INSERT INTO audit_suppressed AS known (quarter, kind, source, address, number)
    SELECT %(quarter)s, %(kind)s, chosen.source,
           CASE WHEN chosen.source = %(others)s THEN NULL ELSE %(address)s::inet END, 1
      FROM (SELECT CASE WHEN EXISTS (SELECT 1 FROM audit_suppressed
                                      WHERE quarter = %(quarter)s AND kind = %(kind)s AND source = %(source)s)
                          OR (SELECT count(*) FROM audit_suppressed
                               WHERE quarter = %(quarter)s AND kind = %(kind)s) < %(most)s
                        THEN %(source)s ELSE %(others)s END AS source) AS chosen
        ON CONFLICT (quarter, kind, source) DO UPDATE SET number = known.number + 1
"""


class Sum(NamedTuple):
    quarter: datetime
    kind: str
    source: str
    address: str | None
    number: int


def quarter_of(now: datetime) -> datetime:
    return now - timedelta(minutes=now.minute % 15, seconds=now.second, microseconds=now.microsecond)


def count(refusal: Refusal, *, now: datetime) -> None:
    """One more that was not written down: one statement, however many there are."""
    address = None if refusal.account or not refusal.address else network_of(refusal.address)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _ADD,
            {
                "quarter": quarter_of(now),
                "kind": refusal.kind,
                "source": refusal.source[: Suppressed.SOURCE_LENGTH],
                "address": address,
                "most": MOST_SOURCES,
                "others": OTHERS,
            },
        )


def tell(*, now: datetime) -> int:
    """Write the sums of all quarters of an hour that are over. Run twice at once, each sum is told once."""
    with short_transaction():
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM audit_suppressed WHERE quarter < %s"
                " RETURNING quarter, kind, source, host(address), number",
                [quarter_of(now)],
            )
            sums = [Sum(*row) for row in cursor.fetchall()]
        entries = list(_entries(sums))
        Entry.objects.bulk_create(entries)
    return len(entries)


def _entries(sums: list[Sum]) -> Iterator[Entry]:
    most_first = sorted(sums, key=lambda row: (row.source == OTHERS, -row.number))
    for row in most_first[:MOST_TOLD]:
        yield _entry(row.kind, row.number, row.source, since=row.quarter, address=row.address)
    rest = most_first[MOST_TOLD:]
    for kind in sorted({row.kind for row in rest}):
        rows = [row for row in rest if row.kind == kind]
        number, since = sum(row.number for row in rows), min(row.quarter for row in rows)
        yield _entry(kind, number, f"{len(rows)} other sources", since=since)


def _entry(kind: str, number: int, source: str, *, since: datetime, address: str | None = None) -> Entry:
    details: dict[str, Detail] = {"kind": kind, "number": number, "from": source, "since": since.isoformat()}
    entry = entry_of(Kind.REFUSALS_SUPPRESSED, details=details)
    entry.address = address
    if source.startswith(ACCOUNT):
        entry.about = [f"{settings.AUTH_USER_MODEL.lower()}:{source.removeprefix(ACCOUNT)}"]
    return entry
