"""CSV files that stream, and that no spreadsheet takes for a program."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone

# https://owasp.org/www-community/attacks/CSV_Injection; the wide forms are read as the plain ones in some places.
_FORMULA = ("=", "+", "-", "@")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BLANKS = re.compile(r"[\t\r\n\u2028\u2029]+")
_BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads UTF-8 as something else
_AT_ONCE = 64 * 1024  # characters handed to the server together


def cell(value: Any) -> str | int | float | Decimal:
    """One value as it stands in the file: numbers as numbers, instants as ISO 8601 with the hospital's offset.

    Text that a spreadsheet could take for a formula gets an apostrophe before it; a cell is one line.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date | time):
        return value.isoformat()
    return _text(str(value))


def _instant(moment: datetime) -> str:
    local = timezone.localtime(moment, timezone.get_default_timezone()) if timezone.is_aware(moment) else moment
    return local.isoformat(timespec="seconds")


def _text(value: str) -> str:
    if value[:1].isalnum() and value.isprintable():  # nearly all: one line that no spreadsheet mistakes
        return value
    line = _BLANKS.sub(" ", _NOT_TEXT.sub("", value)).strip()
    return f"'{line}" if unicodedata.normalize("NFKC", line).lstrip().startswith(_FORMULA) else line


def csv_chunks(*, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The file in pieces, as its rows come: however long it is, only one piece is in memory."""
    buffer = io.StringIO()
    buffer.write(_BYTE_ORDER_MARK)
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerow([cell(name) for name in header])
    for row in rows:
        writer.writerow([cell(value) for value in row])
        if buffer.tell() >= _AT_ONCE:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def csv_response(*, name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """An answer that is saved as the file `name` (letters, digits, hyphens; without ".csv").

    `rows` is read while it is sent: give it something lazy, such as `queryset.iterator()`.
    """
    response = StreamingHttpResponse(csv_chunks(header=header, rows=rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response
