"""How fast this machine is just now: what a booking at the reference costs, beside what it costs where the promises in
milliseconds were made. Processor time is no fixed measure: a shared machine spends up to twice as much of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from bench.http.load import Lane, request
from bench.http.report import median
from bench.http.servers import Both

# Web and database, one after the other on a quiet machine of those the promises were made on (3.8 with 16 at once).
REFERENCE_MS = 3.1
BOOKINGS = 100  # each time


@dataclass
class Pace:
    """Times are taken from `next` on, and each once: nothing else may book them at the reference."""

    found: Both
    next: int
    spent: list[float] = field(default_factory=list)

    def look(self) -> None:
        site, people = self.found.reference.site, self.found.reference.patients
        lane = []
        for place in range(self.next, self.next + BOOKINGS):
            patient = people[place % len(people)]
            form = urlencode({"csrfmiddlewaretoken": patient.token})
            lane.append(request(site.host, f"/book/{place + 1}/", cookies=patient.cookies, form=form))
        self.next += BOOKINGS
        watched = site.watch([Lane(requests=lane)])
        if wrong := {one.status for one in watched.came.answers} - {302}:
            raise SystemExit(f"the reference answered with {wrong}")
        self.spent.append(sum(watched.cpu(BOOKINGS).values()))

    @property
    def reference_ms(self) -> float:
        return median(self.spent)

    def at_ours(self, milliseconds: float) -> float:
        """What it would have been where the reference's booking costs `REFERENCE_MS`."""
        return milliseconds * REFERENCE_MS / self.reference_ms

    def __str__(self) -> str:
        return f"A booking at the reference cost {self.reference_ms:.2f} ms; promised is for {REFERENCE_MS} ms."
