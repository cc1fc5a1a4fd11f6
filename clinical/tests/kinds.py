"""A kind of export for tests of a worker that is killed."""

from __future__ import annotations

from threading import Event

from clinical.documents.history_export import TreatmentHistory
from exports.kinds import ExportFacts, FileMade, Progress


class UnhurriedHistory(TreatmentHistory):
    """The product's own, with a pause after each two hundred visits: there is time to kill whoever makes it."""

    def make(self, facts: ExportFacts, progress: Progress) -> FileMade:
        def told(done: int, total: int) -> None:
            progress(done, total)
            Event().wait(0.4)

        return super().make(facts, told)


UNHURRIED = UnhurriedHistory()
