"""Asking for a file, making it, and deleting it when its time is over.

A file is made in no transaction: a worker takes a lease on the row, makes the file, and writes it down only if the
lease is still its own. A worker that was killed leaves a lease that runs out, and the next one begins again.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import locks as account_locks
from accounts.models import User
from core import clock
from core.batches import in_batches, leave
from core.db import short_transaction
from core.errors import Busy, DomainError, translated
from exports import locks, messages, rules
from exports.choices import ExportStatus
from exports.kinds import ExportFacts, FileMade, kind_of, may_have
from exports.models import Export, ExportFile, ExportQuerySet
from exports.progress import LeaseLost, LeaseProgress, lease_length
from integrations import outbox
from patients import locks as patient_locks
from patients.models import PatientProfile

__all__ = ["ExportNotFound", "LeaseLost", "claim", "expire", "fail", "finish", "purge", "request_export", "run"]
RUN_EXPORTS = "exports.tasks.run_exports"
_TRIES, _AT_ONCE = 5, 100


class ExportNotFound(DomainError):
    """Reads like nothing at all (A7)."""

    message = _("This file doesn’t exist, or you don’t have access to it.")
    status = 404


# Asking


def request_export(
    *,
    owner: User,
    subject: PatientProfile | None = None,
    kind: str,
    options: Mapping[str, Any] | None = None,
    now: datetime,
) -> Export:
    """Have a file made; or the one of this kind and person that is being made already, whatever its options.

    Opens its own transaction. Raises ExportNotFound, Busy, exports.kinds.UnknownKind.
    """
    if not kind_of(kind).may(owner, subject):
        raise ExportNotFound
    for _number in range(_TRIES):
        with translated({"nothing_for_the_erased": ExportNotFound}), short_transaction():
            # An erasure that isn't committed yet is waited for: what it leaves, the database refuses a row for.
            if subject is not None:
                patient_locks.patient(subject.pk)
            account_locks.account(owner.pk)
            # Who comes second waits at the unique index for the first to commit, writes nothing, and finds it below.
            ExportQuerySet(Export).bulk_create(
                [_asked(owner, subject, kind, options or {}, now)], ignore_conflicts=True
            )
            open_ones = ExportQuerySet(Export).open().filter(owner=owner, subject=subject, kind=kind)
            found = open_ones.select_related("owner", "subject__user").first()
            if found is not None:
                transaction.on_commit(partial(outbox.wake_workers, RUN_EXPORTS))
                return found
        # It was finished between the two statements: asked for after that, so another one.
    raise Busy


def _asked(owner: User, subject: PatientProfile | None, kind: str, options: Mapping[str, Any], now: datetime) -> Export:
    return Export(owner=owner, subject=subject, kind=kind, options=dict(options), requested_at=now, due_at=now)


# Making


def claim(export_id: uuid.UUID, *, now: datetime) -> Export | None:
    """Take a due export under a lease; None when there is nothing to do. One tried too often is given up instead."""
    with short_transaction():
        export = locks.due(export_id, now)
        if export is None:
            return None
        if rules.gives_up(attempts=export.attempts):
            _give_up(export, "WorkerDied", now)
            return None
        export.status, export.lease, export.leased_until = ExportStatus.RUNNING, uuid.uuid4(), now + lease_length()
        export.started_at, export.done, export.total = now, 0, 0
        export.attempts += 1
        export.save(update_fields=["status", "lease", "leased_until", "started_at", "done", "total", "attempts"])
        return export


def run(export: Export, *, now: Callable[[], datetime] = clock.now) -> bool:
    """Make the file of a claimed export; says whether it is ready. What goes wrong is written down and tried again."""
    if not may_have(export):  # the right is gone since it was asked for: no later try would find it
        fail(export, error="NoRight", for_good=True, now=now())
        return False
    facts = ExportFacts(owner=export.owner, subject=export.subject, options=export.options, now=now())
    try:
        made = kind_of(export.kind).make(facts, LeaseProgress(export, now=now))
        finish(export, made, now=now())
    except LeaseLost:
        return False  # whoever took it over makes it
    except Exception as error:
        fail(export, error=type(error).__name__, now=now())
        leave(export, error, what="The export")
        return False
    return True


def finish(export: Export, made: FileMade, *, now: datetime) -> Export:
    """Write the file down, sealed, with the mail that says so. Raises LeaseLost."""
    sealed = ExportFile.seal(export.pk, made.content)  # before the transaction: a large file takes a while
    with short_transaction():
        fresh = _ours(export)
        ExportFile.objects.create(export=fresh, content=sealed)
        fresh.status, fresh.finished_at, fresh.expires_at = ExportStatus.READY, now, now + rules.KEPT
        fresh.lease = fresh.leased_until = None
        fresh.file_name, fresh.content_type, fresh.size = made.name, made.content_type, len(made.content)
        fresh.done = fresh.total = max(fresh.total, 1)
        fresh.save()
        outbox.enqueue([messages.ready(fresh)], now=now)
    return fresh


def fail(export: Export, *, error: str, for_good: bool = False, now: datetime) -> None:
    """A try that failed: later again, or given up. `error` is a class: its words could be personal. When the lease was
    lost, nothing."""
    with short_transaction():
        fresh = locks.held(export)
        if fresh is None:
            return
        if for_good or rules.gives_up(attempts=fresh.attempts):
            _give_up(fresh, error, now)
            return
        fresh.status, fresh.lease, fresh.leased_until = ExportStatus.QUEUED, None, None
        fresh.due_at, fresh.failure = now + rules.pause(attempts=fresh.attempts), error[:100]
        fresh.save(update_fields=["status", "lease", "leased_until", "due_at", "failure"])


def _give_up(export: Export, error: str, now: datetime) -> None:
    export.status, export.lease, export.leased_until = ExportStatus.FAILED, None, None
    export.finished_at, export.failure = now, error[:100]
    export.save(update_fields=["status", "lease", "leased_until", "finished_at", "failure"])


def _ours(export: Export) -> Export:
    fresh = locks.held(export)
    if fresh is None:
        raise LeaseLost
    return fresh


# Ending


def expire(*, now: datetime) -> int:
    """Delete the files whose time is over; that there was one stays a while. Says how many."""
    over = ExportQuerySet(Export).filter(status=ExportStatus.READY, expires_at__lte=now)

    def end(keys: Sequence[uuid.UUID]) -> int:
        with short_transaction():
            ended = over.filter(pk__in=keys).update(status=ExportStatus.EXPIRED)
            ExportFile.objects.filter(export__in=keys, export__status=ExportStatus.EXPIRED).delete()
        return ended

    keys = list(over.order_by("expires_at", "pk").values_list("pk", flat=True))
    return in_batches(keys, end, size=_AT_ONCE, what="The expired export")


def purge(*, now: datetime) -> int:
    """Delete what was settled long ago. Says how many."""
    settled = ExportQuerySet(Export).exclude(status=ExportStatus.READY).filter(finished_at__lte=now - rules.ROWS_KEPT)

    def drop(keys: Sequence[uuid.UUID]) -> int:
        with short_transaction():
            return settled.filter(pk__in=keys).delete()[1].get(Export._meta.label, 0)  # noqa: SLF001

    keys = list(settled.order_by("finished_at", "pk").values_list("pk", flat=True))
    return in_batches(keys, drop, size=_AT_ONCE, what="The old export")


def erase_exports(*, owners: set[int], subjects: set[int]) -> None:
    """In an erasure's transaction: whatever they asked for, and whatever was made about them, file and all.

    A worker that is at one of them loses its lease with the row.
    """
    for rows in (
        ExportQuerySet(Export).filter(owner__in=owners),
        ExportQuerySet(Export).filter(subject__in=subjects),
    ):
        rows.delete()
