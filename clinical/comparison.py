"""Every night: has each answer that showed a record left its row in the trail of reads? (F2)"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from audit.choices import Kind
from audit.models import Entry
from clinical.models import RecordAnswer
from core.batches import process_each

SETTLED_AFTER = timedelta(minutes=5)  # a request that is being answered just now is left for the next night
KEPT = timedelta(days=90)  # for whoever looks into a difference
AT_ONCE = 500


class ReadingNotWritten(Exception):
    """A page or a file with a record was sent, and the trail has no row of it."""


def compare_reads(*, now: datetime) -> int:
    """Forget the answers that have their row; says how many. Each that has none is an error in the log with its key
    and counts as left undone, until it is three months old."""
    answers = RecordAnswer.objects.filter(at__lte=now - SETTLED_AFTER).order_by("pk")
    done = sum(process_each(some, _settle, what="The answer with a record") for some in _in_parts(list(answers)))
    RecordAnswer.objects.filter(at__lt=now - KEPT).delete()
    return done


def _in_parts(answers: list[RecordAnswer]) -> Iterator[list[tuple[RecordAnswer, bool]]]:
    for start in range(0, len(answers), AT_ONCE):
        part = answers[start : start + AT_ONCE]
        asked = {answer.request_id for answer in part} - {"", "-"}
        entries = Entry.objects.filter(request_id__in=asked, pgh_label=Kind.RECORD_READ)
        written = set(entries.values_list("request_id", flat=True))
        yield [(answer, answer.request_id in written) for answer in part]


def _settle(item: tuple[RecordAnswer, bool]) -> int:
    answer, is_written = item
    if not is_written:
        raise ReadingNotWritten
    answer.delete()
    return 1
