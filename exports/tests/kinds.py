"""Kinds of export for tests: one that is quick, one that never works, one whose maker can be watched."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Any

from django.http import HttpRequest

from accounts.models import User
from audit import services as audit
from audit.choices import Kind
from exports.kinds import ExportFacts, ExportKind, FileMade, Progress
from exports.models import Export
from patients.models import PatientProfile

CONTENT = b"%PDF-1.7 what nobody else may read \x00\xff"
KINDS = {name: f"exports.tests.kinds.{name.upper()}" for name in ("quick", "broken", "watched", "slow")}


class QuickKind(ExportKind):
    """Made at once. Who may have it: everyone, until `refused`; the one that is there, until it is `outdated`."""

    label = "Test file"

    def __init__(self) -> None:
        self.refused = self.outdated = False
        self.made: list[ExportFacts] = []
        self.read: list[Export] = []

    def may(self, owner: User, subject: PatientProfile | None) -> bool:
        return not self.refused

    def make(self, facts: ExportFacts, progress: Progress) -> FileMade:
        self.made.append(facts)
        return FileMade(name="test file ä.pdf", content_type="application/pdf", content=CONTENT)

    def is_still_right(self, export: Export) -> bool:
        return not self.outdated

    def log_read(self, request: HttpRequest, export: Export) -> None:
        self.read.append(export)
        audit.record(Kind.PERSONAL_DATA_READ, target=export.owner, details={"what": "a test file"})


class BrokenKind(QuickKind):
    def make(self, facts: ExportFacts, progress: Progress) -> FileMade:
        self.made.append(facts)
        raise ValueError("the secret of Pat Patient")


class WatchedKind(QuickKind):
    """`does` is called with the progress, in the middle of making."""

    does: Callable[[Progress], Any] = staticmethod(lambda progress: None)

    def make(self, facts: ExportFacts, progress: Progress) -> FileMade:
        type(self).does(progress)
        return super().make(facts, progress)


class SlowKind(QuickKind):
    """Never ends by itself: for a worker that is to be killed."""

    def make(self, facts: ExportFacts, progress: Progress) -> FileMade:
        progress(1, 3)
        Event().wait(600)
        return super().make(facts, progress)


QUICK, BROKEN, WATCHED, SLOW = QuickKind(), BrokenKind(), WatchedKind(), SlowKind()
