"""Every night: has each answer that showed a record left its row in the trail of reads? (F2)"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

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
    answers = list(RecordAnswer.objects.filter(at__lte=now - SETTLED_AFTER).order_by("pk"))
    done = 0
    for start in range(0, len(answers), AT_ONCE):
        part = answers[start : start + AT_ONCE]
        done += process_each(part, partial(_settle, written=_written(part)), what="The answer with a record")
    RecordAnswer.objects.filter(at__lt=now - KEPT).delete()
    return done


def _written(answers: list[RecordAnswer]) -> set[str]:
    """Of which requests the trail has a row."""
    asked = {answer.request_id for answer in answers} - {"", "-"}
    entries = Entry.objects.filter(request_id__in=asked, pgh_label=Kind.RECORD_READ)
    return set(entries.values_list("request_id", flat=True))


def _settle(answer: RecordAnswer, written: set[str]) -> int:
    if answer.request_id not in written:
        raise ReadingNotWritten
    RecordAnswer.objects.filter(pk=answer.pk).delete()
    return 1
